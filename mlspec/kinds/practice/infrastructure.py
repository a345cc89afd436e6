"""Tests for ML infrastructure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mlspec.kinds.practice import Case, Evidence, Practice, Section

_TRIED: Final = {
    "bake": "{} watches a new version before it stays",
    "canary": "{} gives a candidate a share of the requests",
    "shadow": "{} sends a candidate copies of requests first",
    "replay": "{} sends a candidate recorded requests first",
}
"""What `deploy.ENV` may have that tries a candidate, in words; the most telling first."""


class Infrastructure:
    """Whether the pipeline from a spec to a server can be relied on."""

    name = "infrastructure"
    title = "ML infrastructure"

    @property
    def practices(self) -> Sequence[Practice]:
        """See Section."""
        return (
            Practice("Training is reproducible", _reproducible, "environment.lock and random_state; mlspec verify"),
            Practice("Model specs are unit tested", _unit, "evaluation.checks, or ci.tests"),
            Practice("The ML pipeline is integration tested", _integration, "ci.train_on_pull_request: true"),
            Practice("Model quality is validated before serving", _validated, "a fixed gate and one by comparison"),
            Practice("The model is debuggable", _debuggable, "mlspec predict, and the stages' outputs in DVC"),
            Practice(
                "Models are canaried before serving",
                _canaried,
                "shadow, canary, replay, bake, or an environment before it",
            ),
            Practice("Serving models can be rolled back", _back, "deploy it; bake rolls back by itself"),
        )


def _reproducible(case: Case) -> Evidence | None:
    lock = case.model.training.environment.lock
    seeded = case.model.training.command is not None or "random_state" in case.model.training.params
    if lock is not None and seeded:
        return Evidence(1.0, f"{lock} and the seed are in the digest", ("training", "environment", "lock"))
    if lock is not None:
        return Evidence(0.5, f"{lock} is in the digest, a seed is not", ("training", "environment", "lock"))
    if seeded:
        return Evidence(0.5, "the seed is in the digest, the packages are not", ("training", "params"))
    return None


def _unit(case: Case) -> Evidence | None:
    checks = case.model.evaluation.checks
    if checks.overfit_one_batch is not None or checks.label_shuffle is not None:
        return Evidence(1.0, "the training itself is put to the test", ("evaluation", "checks"))
    if case.project.ci.providers and case.project.ci.tests not in {"auto", "none"}:  # `auto`: where there are any
        return Evidence(1.0, "pull requests run the project's own tests", ("ci", "tests"), shared=True)
    return Evidence(0.5, "mlspec validate checks the spec", ("name",))


def _integration(case: Case) -> Evidence | None:
    if case.project.ci.providers and case.project.ci.train_on_pull_request:
        return Evidence(1.0, "pull requests train and judge", ("ci", "train_on_pull_request"), shared=True)
    return Evidence(0.5, "mlspec apply runs the whole of it, on any machine", ("name",))


def _validated(case: Case) -> Evidence | None:
    gates = case.model.evaluation.gates
    if not gates:
        return None
    compared = any(gate.against is not None for gate in gates)
    fixed = any(gate.against is None for gate in gates)
    if compared and fixed:
        return Evidence(1.0, f"{len(gates)} gates, fixed and by comparison", ("evaluation", "gates"))
    missing = "none against what production runs" if fixed else "none with a fixed limit"
    return Evidence(0.5, f"gates, but {missing}", ("evaluation", "gates"))


def _debuggable(_case: Case) -> Evidence | None:
    return Evidence(0.5, "every stage's output is kept, and mlspec predict asks one row", ("name",))


def _canaried(case: Case) -> Evidence | None:
    for field, words in _TRIED.items():
        for name, deploy in case.model.deploy.items():
            if getattr(deploy, field) is not None:
                return Evidence(1.0, words.format(name), ("deploy", name, field))
    for name, deploy in case.model.deploy.items():
        if deploy.from_ is not None:
            return Evidence(0.5, f"{name} takes what {deploy.from_} runs", ("deploy", name, "from"))
    return None


def _back(case: Case) -> Evidence | None:
    for name, deploy in case.model.deploy.items():
        if deploy.bake is not None:
            return Evidence(1.0, f"{name} goes back by itself", ("deploy", name, "bake"))
    return Evidence(0.5, "mlspec rollback", ("deploy",)) if case.model.deploy else None


KIND: Final[Section] = Infrastructure()
