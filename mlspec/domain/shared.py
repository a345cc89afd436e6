"""Features that several models share: the names that all floors need to know."""

from __future__ import annotations

from typing import Final

SHARED: Final = "_features"
"""The folder of all shared features, among those of the models; no model can have this name."""

STAGE: Final = "features"
"""The stage of a features command, in its own pipeline or its model's."""


def shared_folder(models: str, name: str) -> str:
    """Where the files of shared features are."""
    return f"{models}/{SHARED}/{name}"
