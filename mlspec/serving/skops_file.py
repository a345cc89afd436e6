"""model.skops: loaded by types that are known, without trusting the file more than needed."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from mlspec.serving.errors import BundleError
from mlspec.serving.estimator import Estimator
from mlspec.serving.signature import Signature
from mlspec.serving.trees import check_trees

# Internals of scikit-learn that skops leaves to its caller; trees among them are checked by trees.py. The training
# steps have the same list (a test compares them). None is ever read from beside the model.
SKLEARN_INTERNALS: Final = (
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.compose._column_transformer._RemainderColsList",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
)


def load(file: Path, signature: Signature, trust: Sequence[str]) -> Estimator:
    """Load the file into this process; raises BundleError."""
    estimator = Estimator(read(file, trust))
    plain = signature.features is None and signature.layout == "array"
    if plain and not any(column.nullable for column in signature.inputs):
        estimator.hasten(len(signature.inputs))
    return estimator


def check_types(file: Path, trust: Sequence[str]) -> None:
    """Raise BundleError with the names of types in the file that nobody trusts."""
    try:
        names = skops.io.get_untrusted_types(file=file)
    except OSError as error:
        raise BundleError(f"cannot read {file.name}: {error.strerror}") from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BundleError(f"{file.name} is not a skops file: {error}") from error
    untrusted = sorted(set(names) - set(SKLEARN_INTERNALS) - set(trust))
    if untrusted:
        raise BundleError(f"{file.name} holds types that are not trusted: {', '.join(untrusted)}")


def read(file: Path, trust: Sequence[str]) -> Any:
    """What the file holds; raises BundleError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # another scikit-learn's version: the environment lock's concern
            fitted: Any = skops.io.load(file, trusted=[*SKLEARN_INTERNALS, *trust])
    except UntrustedTypesFoundException as error:
        raise BundleError(" ".join(str(error).split("\n", 1)[0].split())) from error
    except Exception as error:
        raise BundleError(f"{file.name} cannot be loaded: {type(error).__name__}: {error}") from error
    check_trees(fitted)
    return fitted
