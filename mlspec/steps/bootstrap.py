"""How sure a metric, or the difference of two models' metrics, is: a bootstrap over the test rows.

The percentile interval of Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13: the test rows are
drawn anew, with replacement, 1,000 times; the bound at 95 % confidence is the 5th (or 95th) percentile of what was
measured on the draws. Two models are compared on the same draws (a paired bootstrap), so that what makes the rows hard
for both cancels out. The draws follow a fixed seed: the same models on the same rows have the same bounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from mlspec.domain.evidence import bound_name
from mlspec.errors import MlspecError
from mlspec.steps.scores import measure_if_defined
from mlspec.steps.trial import Rows, Trial

DRAWS: Final = 1000
_LEAST: Final = 0.9
"""the share of draws on which a metric must be defined, else its bounds would be those of other rows"""

Bounds = dict[str, dict[str, float]]


def bounds_of(wanted: Mapping[str, tuple[float, ...]], trial: Trial, other: Trial | None = None) -> Bounds:
    """metric@confidence → one-sided lower and upper bound of a metric, or of its difference to another model's.

    MlspecError where a metric is not defined on most draws (a class of very few rows).
    """
    found: Bounds = {}
    for metric, levels in wanted.items():
        values = [value for value in _values(metric, trial, other) if value is not None]
        if len(values) < _LEAST * DRAWS:
            what = f"evaluation.gates: {metric} is defined on {len(values)} of {DRAWS} draws of the test rows only"
            raise MlspecError(what, hint="more test rows of each class, or a gate without confidence")
        for level in levels:
            low, high = np.quantile(values, [1 - level, level])
            found[bound_name(metric, level)] = {"low": float(low), "high": float(high)}
    return found


def _values(metric: str, trial: Trial, other: Trial | None) -> Iterator[float | None]:
    for rows in _draws(len(trial.truth)):
        ours = measure_if_defined(metric, trial.take(rows))
        theirs = 0.0 if other is None else measure_if_defined(metric, other.take(rows))
        yield None if ours is None or theirs is None else ours - theirs


def _draws(rows: int) -> Iterator[Rows]:
    # the legacy generator, as only its stream is promised to stay the same (NEP 19)
    draw = np.random.RandomState(0)
    return (draw.randint(0, rows, rows) for _ in range(DRAWS))
