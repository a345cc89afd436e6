"""Model files: loaded by skops with a list of trusted types, never with the list that the file itself asks for."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import skops.io

from mlspec.errors import MlspecError
from mlspec.steps.archive import canonical_archive
from mlspec.steps.function import gather_code
from mlspec.steps.signature import Signature

MODEL: Final = "model.skops"
ONNX: Final = "model.onnx"
REFUSED: Final = "refused.json"
"""why there is no file of the format that the spec wants; no version has it"""
SIGNATURE: Final = "signature.json"
CODE: Final = "features"
"""the folder of the features function's code, by its paths in the repository"""

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
"""scikit-learn's own types that skops leaves to its caller: what its estimators hold once they are fitted"""


def dump_model(model: Any) -> bytes:
    """A model's canonical archive; MlspecError where skops has no way to write it."""
    try:
        return canonical_archive(skops.io.dumps(model))
    except (TypeError, ValueError, skops.io.exceptions.UnsupportedTypeException) as error:
        raise MlspecError(f"skops can't store this model: {error}") from error


def load_model(path: Path, trust: Iterable[str]) -> Any:
    """Load a skops file; MlspecError where it isn't one or holds types that nobody trusts."""
    trusted = [*SKLEARN_INTERNALS, *trust]
    try:
        # asked for the message alone: what is loaded is decided by our own list
        strange = sorted(set(skops.io.get_untrusted_types(file=path)) - set(trusted))
        if not strange:
            return skops.io.load(path, trusted=trusted)
    except OSError as error:
        raise MlspecError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, ImportError) as error:
        hint = "write it with skops.io.dump"
        raise MlspecError(f"is not a skops file that can be loaded: {error}", where=str(path), hint=hint) from error
    found = f"holds types that are not trusted: {', '.join(strange)}"
    raise MlspecError(found, where=str(path), hint="where you know them, add them to serving.trust")


def lacks(error: ModuleNotFoundError) -> MlspecError:
    """What to say where the packages for ONNX are not installed."""
    hint = "it is an extra: pip install 'mlspec[onnx]', or put it into the lock by mlspec lock"
    return MlspecError(f"serving.format: onnx needs the package {error.name}", hint=hint)


def write_bundle(folder: Path, archive: bytes, signature: Signature) -> None:
    """Write model.skops and signature.json into a folder, and the code of the features function, if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL).write_bytes(archive)
    (folder / SIGNATURE).write_bytes(signature.to_text().encode())
    for path, content in (gather_code(signature.function) if signature.function else {}).items():
        target = folder / CODE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def bundle_size(folder: Path) -> int:
    """The bytes of a bundle's files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
