"""`MODEL@VERSION` on the command line."""

from __future__ import annotations

from mlspec.domain.version import Version
from mlspec.errors import MlspecError


def model_and_version(text: str) -> tuple[str, str]:
    """The model, and the version where one is named; MlspecError where that is none."""
    model, at, version = text.partition("@")
    if at:
        try:
            Version.parse(version)
        except ValueError as error:
            raise MlspecError(f"`{version}` is no version", hint=f"such as {model}@v0.1.0") from error
    return model, version
