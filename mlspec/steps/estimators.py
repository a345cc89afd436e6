"""Estimators by import path: found, checked and made, with a suggestion where a name is wrong."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from itertools import takewhile
from types import ModuleType
from typing import Any

from sklearn.base import is_classifier, is_regressor
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import all_estimators

from mlspec.errors import MlspecError
from mlspec.steps.records import did_you_mean
from mlspec.steps.signature import Input, Layout, Task
from mlspec.steps.table import TEXT


def make_estimator(path: str, params: Mapping[str, Any]) -> Any:
    """An estimator made with these params; MlspecError where the path is no estimator or a param is unknown."""
    cls = _find(path)
    known = [name for name in inspect.signature(cls).parameters if name not in {"args", "kwargs"}]
    for name in params:
        if name not in known:
            raise MlspecError(f"training.params: {cls.__name__} has no param {name}", hint=did_you_mean(name, known))
    try:
        return cls(**params)
    except (TypeError, ValueError) as error:
        raise MlspecError(f"training.params: {cls.__name__} can't be made: {error}") from error


def task_of(estimator: Any) -> Task | None:
    """What a scikit-learn estimator says of itself; None where it says nothing."""
    if is_classifier(estimator):
        return "classification"
    return "regression" if is_regressor(estimator) else None


def build_pipeline(estimator: Any, inputs: tuple[Input, ...], layout: Layout) -> Pipeline:
    """Scaled numbers and one-hot categories before the estimator."""
    scale: Any = StandardScaler()
    if layout == "frame":
        text = [each.name for each in inputs if each.type in TEXT]
        numbers = [each.name for each in inputs if each.type not in TEXT]
        # dense, as some estimators take no sparse matrix
        encode = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        scale = ColumnTransformer([("numbers", scale, numbers), ("categories", encode, text)])
    return Pipeline([("scale" if layout == "array" else "columns", scale), ("model", estimator)])


def _find(path: str) -> type:
    module, _, name = path.rpartition(".")
    cls = getattr(_import(module, path), name, None)
    if cls is None:
        raise MlspecError(f"training.estimator: there is no {path}", hint=_suggest(path))
    if not (inspect.isclass(cls) and hasattr(cls, "fit") and hasattr(cls, "predict") and hasattr(cls, "get_params")):
        hint = "name a class with fit, predict and get_params, such as sklearn.linear_model.LogisticRegression"
        raise MlspecError(f"training.estimator: {path} is not an estimator", hint=hint)
    if inspect.isabstract(cls):
        raise MlspecError(f"training.estimator: {path} is abstract", hint="name one of its subclasses")
    return cls


def _import(module: str, path: str) -> ModuleType | None:
    if not module:
        raise MlspecError(f"training.estimator: {path} is not an import path", hint=_suggest(path))
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        # a module that the user's own module imports is another matter
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            return None
        raise MlspecError(f"training.estimator: importing {module} failed: {error}") from error


def _suggest(path: str) -> str:
    public = {f"{_public(cls)}.{name}": name for name, cls in all_estimators()}
    name = path.rpartition(".")[2]
    same = [known for known, each in public.items() if each == name]
    return did_you_mean(path, same or list(public)) if same or _near(path, public) else "see scikit-learn's estimators"


def _public(cls: type) -> str:
    """The module that people import a class from: what stands before the first private part."""
    return ".".join(takewhile(lambda part: not part.startswith("_"), cls.__module__.split(".")))


def _near(path: str, public: Mapping[str, str]) -> bool:
    return did_you_mean(path, public).startswith("did you mean")
