"""Replays: when recorded requests are sent to a candidate first, and whether its answers will do."""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from mlspec.domain.actual import Actual, ModelHistory, Place, Running
from mlspec.domain.desired import Blueprint, DesiredDeployment
from mlspec.domain.digest import JSON, canonical
from mlspec.domain.plan import Action, ActionKind
from mlspec.domain.reason import Reason, ReasonKind
from mlspec.domain.replay import Answer, Comparison, Recorded, Replay
from mlspec.kinds.drift import MeasureKind
from mlspec.planner.obstacles import is_same

_CLASSES: Final = 50
"""Answers that are counted one by one; all others are one"""
_BINS: Final = 10
_IN_A_BIN: Final = 5
"""Old answers that a bin of numbers holds at least"""

Pairs = Sequence[tuple[JSON, JSON]]


def replay_step(
    blueprint: Blueprint, deployment: DesiredDeployment, wanted: str, history: ModelHistory, actual: Actual
) -> Action | None:
    """The replay that comes before a candidate's deployment, where the spec asks for one and there is what to compare.

    What ran there before is known: going back must not be held up. Nor is a person's word: who promotes a version that
    was refused lets it in.
    """
    place, asked = Place(deployment.environment, blueprint.name), deployment.replay
    running = actual.running.get(place)
    if asked is None or not isinstance(running, Running) or not running.version or running.version == wanted:
        return None
    if running.canary is not None and running.canary.version == wanted:
        return None  # it has gone through that, and answers live requests by now
    if wanted in actual.memory(place).ran or _let_in(place, deployment, wanted, history, actual):
        return None
    where = blueprint.where(asked.lines["replay"])
    because = Reason(ReasonKind.REPLAY_ASKED, f"up to {asked.requests}", running.version, wanted, where)
    return Action(ActionKind.REPLAY, place.model, place.environment, wanted, (because,))


def _let_in(place: Place, deployment: DesiredDeployment, wanted: str, history: ModelHistory, actual: Actual) -> bool:
    """Whether somebody promoted a version again after a replay had refused it."""
    last = actual.failed.get(place)
    if last is None or not last.refused or not is_same(last, wanted, deployment):
        return False
    return history.numbers.get(place.environment, 0) > last.number


def compare(recorded: Sequence[Recorded], answers: Sequence[Answer], asked: Replay, measure: MeasureKind) -> Comparison:
    """Both versions' answers to the same rows, in the same order."""
    both = [(old.prediction, new.prediction) for old, new in zip(recorded, answers, strict=True) if not new.error]
    errors = [new.error for new in answers if new.error]
    unsent = sum(not new.sent for new in answers)
    found = Comparison(len(recorded), len(errors), errors[0] if errors else "", 0, 0.0, unsent=unsent)
    return of_pairs(found, both, asked, measure)


def of_pairs(found: Comparison, both: Pairs, asked: Replay, measure: MeasureKind) -> Comparison:
    """A comparison with what two versions answered to the same rows, the old answer first in each pair."""
    if not both:
        return found
    of_numbers = _are_numbers(both) if asked.numbers is None else asked.numbers and _all_numbers(both)
    return _numbers(found, both, asked.tolerance, measure) if of_numbers else _classes(found, both, measure)


def breaches(found: Comparison, asked: Replay) -> Iterator[tuple[str, int]]:
    """What a candidate does not keep, with figures, and the line that asks for it.

    Both versions saw the same rows, so that the figures are no sample of anything, and are judged as they are.
    """
    if found.failed > asked.errors * found.asked:
        unsent = f", {found.unsent} of them not sent" if found.unsent else ""
        of_all = f"{found.failed / found.asked:.1%}{unsent}"
        figures = f"{found.failed} of {found.asked} recorded requests failed ({of_all}), {asked.errors:.1%} may"
        yield f"{figures}; the first: {found.error}", asked.lines["max_error_rate"]
    if asked.changed is not None and found.changed > asked.changed * found.answered:
        share = found.changed / found.answered
        figures = f"{found.changed} of {found.answered} answers changed ({share:.1%})"
        yield f"{figures}, {asked.changed:.1%} are allowed", asked.lines["max_changed"]
    if found.shift > asked.shift:
        figures = f"predictions shifted by {found.shift:.3g} over {found.answered} recorded requests"
        yield f"{figures}, {asked.shift:g} is allowed", asked.lines["max_prediction_shift"]


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _all_numbers(both: Pairs) -> bool:
    return all(_is_number(value) for pair in both for value in pair)


def _are_numbers(both: Pairs) -> bool:
    """Where the spec does not tell: classes may be whole numbers, but hardly fractions."""
    return _all_numbers(both) and any(isinstance(value, float) and value % 1 for pair in both for value in pair)


def _classes(found: Comparison, both: Pairs, measure: MeasureKind) -> Comparison:
    pairs = [(canonical(old), canonical(new)) for old, new in both]
    known = [name for name, _ in Counter(old for old, _ in pairs).most_common(_CLASSES)]
    before, after = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    reference, live = ([counts[name] for name in known] for counts in (before, after))
    rest = [before.total() - sum(reference)], [after.total() - sum(live)]
    return replace(
        found,
        changed=sum(old != new for old, new in pairs),
        shift=measure.measure(reference + rest[0], live + rest[1])[0],
    )


def _numbers(found: Comparison, both: Pairs, tolerance: float, measure: MeasureKind) -> Comparison:
    pairs = [(float(old), float(new)) for old, new in both]  # type: ignore[arg-type]  # they are all numbers
    differences = [abs(new - old) for old, new in pairs]
    much = tolerance * statistics.pstdev(old for old, _ in pairs)
    # What differs less than counts is the same answer: every training once more moves numbers a little.
    after = [old if difference <= much else new for (old, new), difference in zip(pairs, differences, strict=True)]
    edges = _edges(sorted(old for old, _ in pairs))
    reference, live = (_binned(values, edges) for values in ([old for old, _ in pairs], after))
    return replace(
        found,
        changed=sum(difference > much for difference in differences),
        shift=measure.measure(reference, live)[0],
        largest=max(differences),
    )


def _binned(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    counts = Counter(bisect_right(edges, value) for value in values)
    return [counts[index] for index in range(len(edges) + 1)]


def _edges(ordered: Sequence[float]) -> list[float]:
    """Quantiles of the old answers; a value that would fill a bin by itself has one, what lies beyond it another."""
    bins = min(_BINS, max(2, len(ordered) // _IN_A_BIN))
    quantiles = {ordered[len(ordered) * step // bins] for step in range(1, bins)}
    often = {value for value, count in Counter(ordered).items() if count * bins >= len(ordered)}
    return sorted(quantiles | often | {math.nextafter(value, math.inf) for value in often})
