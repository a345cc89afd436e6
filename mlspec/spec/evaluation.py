"""`evaluation:` how a model is measured, and the gates that it must pass before it becomes a version."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, ValidationInfo, WithJsonSchema, field_validator

from mlspec.domain.metrics import METRICS
from mlspec.spec.units import DURATION_HINT, SIZE_HINT, parse_duration, parse_size
from mlspec.spec.values import (
    NAME,
    Command,
    DottedName,
    Flag,
    Fraction,
    Integer,
    MetricName,
    Number,
    OrEmpty,
    OrTrue,
    RepositoryPath,
    Section,
    Text,
    fault,
)

_VERSION: Final = re.compile(r"v\d+\.\d+\.\d+", re.ASCII)


def _against(text: str) -> str:
    if not NAME.fullmatch(text) and not _VERSION.fullmatch(text):
        raise fault(
            f"`{text}` is nothing to compare with",
            "an environment, `baseline`, `staleness`, or a version such as `v0.3.0`",
        )
    return text


_AGAINST: Final = f"^({NAME.pattern}|{_VERSION.pattern})$"
Limit = Annotated[Number, WithJsonSchema({"type": ["number", "string"]})]
Change = Annotated[Number, Field(ge=0), WithJsonSchema({"type": ["number", "string"], "minimum": 0})]
Ratio = Annotated[Number, Field(ge=0)]
Against = Annotated[str, AfterValidator(_against), WithJsonSchema({"type": "string", "pattern": _AGAINST})]


class SliceSpec(Section):
    """A division of the test data whose parts are measured by themselves."""

    column: Text = Field(description="The column whose values divide the test rows; the model need not see it.")
    bins: Annotated[Integer, Field(ge=2, le=50)] | None = Field(
        default=None, description="For numbers: into so many parts of about as many rows each, by quantiles."
    )
    min_rows: Annotated[Integer, Field(ge=1)] = Field(
        default=30, description="Smaller parts are named and not judged: their figures say little."
    )


class BaselineSpec(Section):
    """A simpler model, trained and measured on the same rows: is sophistication worth its cost?"""

    estimator: DottedName = Field(
        description="A scikit-learn estimator by its import path, such as `sklearn.dummy.DummyClassifier`."
    )
    params: dict[str, JsonValue] = Field(default_factory=dict, description="Its parameters.")


class OverfitSpec(Section):
    """The training code can overfit a few rows; what can't has a fault, or too strong a regularisation."""

    rows: Annotated[Integer, Field(ge=4, le=10_000)] = Field(
        default=32, description="How many rows it is trained and scored on, of each class alike."
    )
    min: Annotated[Number, Field(le=1)] = Field(
        default=0.9, description="The least accuracy (or r2, for numbers) on these rows."
    )


class ShuffleSpec(Section):
    """Trained on shuffled labels, the model falls to chance; what does not, has seen the answers elsewhere."""

    repeats: Annotated[Integer, Field(ge=1, le=100)] = Field(
        default=3, description="How many times labels are shuffled and the model is trained."
    )
    max: Annotated[Number, Field(ge=0, lt=1)] = Field(
        default=0.5,
        description="The greatest share of its skill (balanced accuracy above chance, or r2) that it may keep.",
    )


class ChecksSpec(Section):
    """Checks of the training and the serving, each a gate."""

    overfit_one_batch: Annotated[OverfitSpec | None, OrTrue] = Field(
        default=None,
        description="`true`, or numbers of your own: the training must be able to overfit a few rows.",
    )
    label_shuffle: Annotated[ShuffleSpec | None, OrTrue] = Field(
        default=None, description="`true`, or numbers of your own: with shuffled labels the score must fall to chance."
    )
    serving_parity: Flag = Field(
        default=False,
        description="Whether the server, started on the candidate, must answer the test rows as the evaluation "
        "predicts them, byte for byte.",
    )


class StalenessSpec(Section):
    """The last registered versions, measured again on the new test data."""

    versions: Annotated[Integer, Field(ge=1, le=50)] = Field(default=5, description="How many, the newest first.")


def _refuse_bare(value: object, metric: str) -> None:
    """A latency of 50 would be 50 seconds, where most people think in milliseconds; 0 is the same in every unit."""
    bare = isinstance(value, int | float) and not isinstance(value, bool) and value != 0
    if bare and metric in METRICS and METRICS[metric].unit == "s":
        raise fault(f"`{metric}` is a time, and {value:.12g} has no unit", DURATION_HINT)


_SECONDS: Final = sorted(metric.name for metric in METRICS.values() if metric.unit == "s")
_TIME: Final[dict[str, Any]] = {"if": {"type": "number"}, "then": {"const": 0}}
_TIMED: Final[dict[str, Any]] = {
    "if": {"properties": {"metric": {"enum": _SECONDS}}, "required": ["metric"]},
    "then": {"properties": dict.fromkeys(("min", "max", "max_drop", "min_gain"), _TIME)},
}
"""For editors: a time needs its unit."""


class GateSpec(Section):
    """One condition on a metric: against fixed limits, another version, or a simpler model; whole or by slices."""

    model_config = ConfigDict(json_schema_extra=_TIMED)

    metric: MetricName = Field(
        description="The metric to judge: one of `evaluation.metrics`, `model_size`, or one of the server's under "
        "load: `latency_p50`, `latency_p95`, `latency_p99`, `throughput`."
    )
    min: Limit | None = Field(default=None, description="The least value that passes.")
    max: Limit | None = Field(
        default=None,
        description="The greatest value that passes. `model_size` takes sizes such as `100MB`, latencies durations "
        "such as `50ms`, never a number alone.",
    )
    against: Against | None = Field(
        default=None,
        description="An environment, or a version such as `v0.3.0`: it is scored again on the new version's test data "
        "and compared; passes where nothing is deployed in the environment yet. `baseline`: the model of "
        "`evaluation.baseline`. `staleness`: the best of the versions of `evaluation.staleness`.",
    )
    max_drop: Change | None = Field(
        default=None, description="With `against`: how much worse than that the new version may be."
    )
    min_gain: Change | None = Field(
        default=None, description="With `against`: how much better than that the new version must be."
    )
    min_gain_per_ms: Ratio | None = Field(
        default=None,
        description="With `against: baseline`: the least gain for each millisecond that predicting a row takes longer.",
    )
    min_gain_per_second: Ratio | None = Field(
        default=None,
        description="With `against: baseline`: the least gain for each second that the training takes longer.",
    )
    max_decay: Ratio | None = Field(
        default=None,
        description="With `against: staleness`: how much worse the oldest replayed version may be for each version "
        "of its age.",
    )
    slice: Text | None = Field(
        default=None, description="Judge each slice by this column, which is one of `evaluation.slices`."
    )
    max_gap: Ratio | None = Field(
        default=None, description="With `slice`: how far the best slice may be from the worst."
    )
    confidence: Fraction | None = Field(
        default=None,
        description="How sure a bootstrap over the test rows must be that the limit is kept, such as `0.95`.",
    )

    @field_validator("min", "max", "max_drop", "min_gain", mode="before")
    @classmethod
    def _read_unit(cls, value: object, info: ValidationInfo) -> object:
        """Sizes are bytes and durations seconds, where the metric has such a unit."""
        metric = info.data.get("metric")
        if isinstance(metric, str):
            _refuse_bare(value, metric)
        if not isinstance(value, str) or not isinstance(metric, str):
            return value
        try:
            if metric == "model_size":
                return parse_size(value)
            if metric.startswith("latency_"):
                return parse_duration(value)
        except ValueError as error:
            raise fault(str(error), SIZE_HINT if metric == "model_size" else DURATION_HINT) from None
        return value


_KNOWN: Final[dict[str, Any]] = {
    "if": {"not": {"required": ["command"]}},
    "then": {"properties": {"metrics": {"items": {"enum": sorted(METRICS)}}}},
}
"""For editors: only a command of one's own measures metrics that mlspec does not know."""


Plot = Literal["confusion_matrix", "roc", "precision_recall", "calibration", "residuals"]


class EvaluationSpec(Section):
    """How the model is measured, and what it must reach."""

    model_config = ConfigDict(json_schema_extra=_KNOWN)

    metrics: tuple[MetricName, ...] = Field(min_length=1, description="What is measured on the test data.")
    command: Command | None = Field(
        default=None,
        description="A shell command of your own that measures them all, run from the project's folder. It finds the "
        "model in `$MODEL_DIR`, the prepared data in `$PREPARED_DIR`, and writes a JSON object, metric to number, to "
        "`$METRICS_FILE`.",
    )
    deps: tuple[RepositoryPath, ...] = Field(
        default=(),
        description="With `command`: files and folders it reads. Python modules that it imports from the repository "
        "are found without being named.",
    )
    directions: dict[MetricName, Literal["higher", "lower"]] = Field(
        default_factory=dict, description="With `command`: which way your own metrics get better."
    )
    slices: tuple[SliceSpec, ...] = Field(
        default=(), description="Parts of the test data that are measured by themselves, metric by metric."
    )
    baseline: BaselineSpec | None = Field(
        default=None, description="A simpler model to compare with, trained and measured on the same rows."
    )
    staleness: Annotated[StalenessSpec | None, OrTrue] = Field(
        default=None,
        description="`true`, or numbers of your own: replay registered versions on the new test data, so that the "
        "record shows how fast the model ages.",
    )
    plots: tuple[Plot, ...] = Field(
        default=(),
        description="Plots of the test data, kept with the version, for `dvc plots show` and `diff`.",
    )
    checks: Annotated[ChecksSpec, OrEmpty] = Field(
        default=ChecksSpec(), description="Checks of the training and the serving, each a gate."
    )
    tolerance: Annotated[Number, Field(ge=0)] | None = Field(
        default=None,
        description="With `training.reproducible: metrics`: how much each metric may differ when `mlspec verify` "
        "trains a version once more.",
    )
    gates: tuple[GateSpec, ...] = Field(
        default=(), description="What must hold before a trained model becomes a version. Without gates all pass."
    )

    def higher(self, metric: str) -> bool:
        """Whether more is better."""
        return METRICS[metric].higher if metric in METRICS else self.directions.get(metric, "higher") == "higher"
