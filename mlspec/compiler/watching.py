"""What a server is told of monitoring."""

from __future__ import annotations

from collections.abc import Mapping

from mlspec.domain.digest import JSON
from mlspec.spec.model import ModelSpec


def watched(spec: ModelSpec) -> Mapping[str, JSON]:
    """The settings; none where nothing is monitored, so that nothing of such a model changes."""
    return {} if spec.monitoring is None else {"monitoring.window": spec.monitoring.window}
