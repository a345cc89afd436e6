"""The model bundle: a model file and signature.json. What reads the file is imported for it alone."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from mlspec.serving.errors import BundleError
from mlspec.serving.model import Model, Predictor
from mlspec.serving.signature import Signature, read_signature
from mlspec.serving.table import Build
from mlspec.serving.trial import try_in_child

READERS: Final = {"model.onnx": "mlspec.serving.onnx_file", "model.skops": "mlspec.serving.skops_file"}
"""File → the module that reads it: a server of the one format needs none of the other's packages."""


class Reader(Protocol):
    """What such a module has."""

    def check_types(self, file: Path, trust: Sequence[str]) -> None:
        """Raise BundleError with the names of types in the file that nobody trusts."""
        ...

    def load(self, file: Path, signature: Signature, trust: Sequence[str]) -> Predictor:
        """Load the file into this process; raises BundleError."""
        ...


def load_bundle(folder: Path, trust: Sequence[str] = ()) -> Model:
    """Load the bundle, first in a child process with limits, then here; raises BundleError."""
    signature = read_signature(folder / "signature.json")
    file, reader = _reader(folder)

    def first() -> None:
        threadpool_limits(1)  # OpenMP's threads do not survive a fork: a child that asked for them would wait for ever
        reader.check_types(file, trust)
        load_model(folder, signature, trust).check()

    try_in_child(first, "loading the model")
    model = load_model(folder, signature, trust)
    model.check()
    return model


def load_model(folder: Path, signature: Signature, trust: Sequence[str]) -> Model:
    """Load the bundle's model into this process; raises BundleError."""
    file, reader = _reader(folder)
    return Model(signature, reader.load(file, signature, trust), _features(file, signature))


def _reader(folder: Path) -> tuple[Path, Reader]:
    """The model file, and what reads it."""
    found = [name for name in READERS if (folder / name).exists()] or ["model.skops"]
    if len(found) > 1:
        raise BundleError(f"the bundle holds {' and '.join(found)}: which of them is to be served?")
    try:
        reader: Reader = importlib.import_module(READERS[found[0]])
    except ModuleNotFoundError as error:
        extra = " (pip install 'mlspec[onnx]')" if error.name == "onnxruntime" else ""
        raise BundleError(f"{found[0]} needs the package {error.name}, which is not installed here{extra}") from error
    return folder / found[0], reader


def _features(file: Path, signature: Signature) -> Build | None:
    """What makes the model's table by a function of the user's, where there is one."""
    if signature.features is None:
        return None
    # imported here, as it is for these models alone, so that all others start as fast as ever
    builder = importlib.import_module("mlspec.serving.features").features_builder
    build: Build = builder(signature, file.parent)
    return build
