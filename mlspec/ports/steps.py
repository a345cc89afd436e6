"""What the reconciler asks of the steps outside of a pipeline run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Steps(Protocol):
    """Runs in the environment that runs mlspec, or in one of a lock."""

    def score(self, params: str, model: str, environ: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """The metrics of the model in folder `model` on the test split that `params` (a params.yaml) names.

        With sections as in metrics.json, where that file asks for them; `bounds` are those of the difference to it.
        `environ`: the environment that it runs in, as Environments gives it; empty for the one that runs mlspec.
        """
        ...

    def gauge(
        self, step: str, params: str, model: str, environ: Mapping[str, str] | None = None
    ) -> Mapping[str, float]:
        """Figures of this machine and moment, by a step of its own: `load`, `parity` or `cost` of the model.

        The step runs in the environment that trains; a server that it starts, in that of the process target.
        """
        ...

    def measure(self, asked: Mapping[str, Any]) -> Mapping[str, float | None]:
        """Metrics of answers that were given: `metrics`, `truth`, `predicted` and `classes`, as the model knows them or
        None; None where a metric is not defined."""
        ...

    def installed(self) -> Mapping[str, str]:
        """What is installed there: normalised name → version, without what was built for this machine alone."""
        ...

    def mismatches(self, python: str, packages: Mapping[str, str]) -> tuple[str, ...]:
        """Where what runs mlspec is not what a lock pins: `numpy 2.1 is wanted, 2.2 is here`."""
        ...

    def devices(self) -> int:
        """How many graphics processors a training here would see."""
        ...
