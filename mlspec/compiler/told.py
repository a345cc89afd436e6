"""What a model card tells of the spec: every rule that data was checked by, and which class metrics are about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mlspec.compiler.markdown import plain, shown, table
from mlspec.spec.data import ValidationSpec
from mlspec.spec.model import ModelSpec

_OF_ONE_CLASS: Final = frozenset({"precision", "recall", "f1", "jaccard", "average_precision"})


def checked(rules: ValidationSpec) -> Iterator[str]:
    """The rules for columns, then those for rows and for the whole; nothing where there are none."""
    dumped = {name: rule.model_dump(mode="json", exclude_defaults=True) for name, rule in rules.columns.items()}
    columns = [(name, shown(rule)) for name, rule in dumped.items()]
    others = list(_others(rules))
    if columns or others:
        yield from ("Checked before the training:", "")
    if columns:
        yield from table(("column", "rule"), columns)
    if others:
        yield from table(("rule", ""), others)


def _others(rules: ValidationSpec) -> Iterator[tuple[str, str]]:
    if rows := rules.rows.model_dump(exclude_none=True):
        yield "rows", shown(rows)
    for columns in rules.unique or ():
        yield "unique", ", ".join(map(plain, columns))
    for check in rules.checks or ():
        yield f"check {plain(check.name)}", plain(check.expression)
    for name in ("extra_columns", "personal_data"):
        if getattr(rules, name) != "allow":
            yield name, getattr(rules, name)


def of_one_class(spec: ModelSpec) -> Iterator[str]:
    """Which class precision and the like are about, where the spec measures them itself; the class, where it says."""
    named = [name for name in spec.evaluation.metrics if name in _OF_ONE_CLASS]
    rule = spec.data.validation.columns.get(spec.training.target)
    classes: list[Any] = sorted(rule.values or ()) if rule else []  # all are of one type
    if not named or spec.evaluation.command or len(classes) > 2:
        return
    which = f", here `{plain(str(classes[1]))}`" if len(classes) == 2 else ""
    yield f"Of two classes, {', '.join(named)}: of the last in sorted order{which}. Of more: the mean over the classes."
    yield ""


def by_number(part: tuple[str, Any]) -> tuple[bool, float, str]:
    """Sorts parts of the data: bins and numbers by their (lower) number, then texts in alphabetical order."""
    name = part[0]
    try:
        return False, float(name.partition(" to ")[0]), name
    except ValueError:
        return True, 0.0, name
