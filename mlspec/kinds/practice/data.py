"""Tests for features and data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mlspec.kinds.practice import Case, Evidence, Practice, Section

_COLUMNS: Final = ("data", "validation", "columns")


class Data:
    """What is known of the data before anything is trained on it."""

    name = "data"
    title = "Features and data"

    @property
    def practices(self) -> Sequence[Practice]:
        """See Section."""
        return (
            Practice("Feature expectations are captured in a schema", _schema, "describe every column in columns"),
            Practice("All features are beneficial", _nothing, "no field measures it: train without one and compare"),
            Practice("No feature's cost is too much", _cost, "a gate on latency_p95: features cost time"),
            Practice(
                "Features adhere to meta-level requirements", _meta, "extra_columns: forbid, or list the features"
            ),
            Practice("The data pipeline has appropriate privacy controls", _privacy, "personal_data: forbid"),
            Practice("New features can be added quickly", _quick, "list the features, so that one more is a line"),
            Practice("All input feature code is tested", _code, "features.function, or ci.tests"),
        )


def _nothing(_case: Case) -> Evidence | None:
    return None


def _schema(case: Case) -> Evidence | None:
    rules = case.model.data.validation
    if not rules.columns:
        return None
    features = set(case.model.training.features or ())
    whole = rules.extra_columns == "forbid" or (features and features <= set(rules.columns))
    count = f"{len(rules.columns)} columns have rules"
    return Evidence(1.0 if whole else 0.5, count if whole else f"{count}, and others may come without", _COLUMNS)


def _cost(case: Case) -> Evidence | None:
    for index, gate in enumerate(case.model.evaluation.gates):
        if gate.metric.startswith(("latency_", "throughput")):
            return Evidence(1.0, f"{gate.metric} is judged on the real server", ("evaluation", "gates", index))
    return None


def _meta(case: Case) -> Evidence | None:
    if case.model.training.features is not None:
        return Evidence(1.0, "the model sees the listed columns alone", ("training", "features"))
    if case.model.data.validation.extra_columns == "forbid":
        return Evidence(1.0, "a column that nobody described is refused", ("data", "validation", "extra_columns"))
    if case.model.training.exclude:
        return Evidence(0.5, "some columns are kept from the model", ("training", "exclude"))
    return None


def _privacy(case: Case) -> Evidence | None:
    if case.model.data.validation.personal_data == "forbid":
        return Evidence(1.0, "personal data stops a training", ("data", "validation", "personal_data"))
    return None


def _quick(case: Case) -> Evidence | None:
    if case.model.features is not None:
        return Evidence(1.0, "one file makes the features of all models that name it", ("features",))
    if case.model.training.features is not None:
        return Evidence(1.0, "a feature is a word in a list, tried by a pull request", ("training", "features"))
    return Evidence(0.5, "a new column is a feature by itself; nobody is asked", ("training",))


def _code(case: Case) -> Evidence | None:
    if case.model.features is None and case.model.training.command is None:
        return Evidence(1.0, "there is no feature code: columns are taken as they are", ("training",))
    if case.model.features is not None and case.model.features.function is not None:
        return Evidence(1.0, "the same function trains and serves, compared row by row", ("features", "function"))
    if case.project.ci.providers and case.project.ci.tests not in {"auto", "none"}:  # `auto`: where there are any
        return Evidence(0.5, "pull requests run the project's own tests", ("ci", "tests"), shared=True)
    return None


KIND: Final[Section] = Data()
