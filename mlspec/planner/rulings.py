"""Which rules for the data changed, one by one: what a plan says where a version must be judged by others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mlspec.domain.desired import Blueprint
from mlspec.domain.digest import JSON, canonical, digest
from mlspec.domain.reason import Reason, ReasonKind
from mlspec.domain.record import VersionRecord
from mlspec.planner.judge import rules, rules_digest
from mlspec.planner.standing import standing

_VALIDATION: Final = "data.validation"
_USUAL: Final = {
    "data.split.leakage": "warn",
    f"{_VALIDATION}.extra_columns": "allow",
    f"{_VALIDATION}.personal_data": "allow",
}
"""What holds where a spec says nothing."""

Rules = Mapping[str, JSON]


def ruling_reasons(blueprint: Blueprint, last: VersionRecord) -> Iterator[Reason]:
    """A reason for each rule that is new, another, or gone; for those of an old record, which names none, one."""
    if last.rules == rules_digest(blueprint):
        return
    old, new = {name: value for name, value in last.measuring.items() if name.startswith("data.")}, rules(blueprint)
    if digest(old) != last.rules:
        yield Reason(ReasonKind.EVALUATION_CHANGED, _VALIDATION, where=standing(blueprint, _VALIDATION))
        return
    for name, before, after in _changes(old, new):
        yield Reason(ReasonKind.EVALUATION_CHANGED, name, before, after, standing(blueprint, name))


def _changes(old: Rules, new: Rules) -> Iterator[tuple[str, JSON, JSON]]:
    """Name, before and after of what differs; a section that is gone as a whole is told as one."""
    left, gone = _below(new), _below(old)
    if gone and not left:
        count = sum(len(_named(old[name]) or ()) if name == _VALIDATION else 1 for name in gone)
        yield _VALIDATION, f"{count} rule{'s' * (count > 1)}", None
        old = {name: value for name, value in old.items() if name not in gone}
    for name in sorted({*old, *new}):
        yield from _parts(name, old.get(name), new.get(name))


def _below(found: Rules) -> list[str]:
    return [name for name in found if name.startswith(_VALIDATION)]


def _parts(name: str, old: JSON, new: JSON) -> Iterator[tuple[str, JSON, JSON]]:
    """What differs of a value, as deep as both have it."""
    if canonical(old) == canonical(new):
        return
    before, after = _named(old), _named(new)
    if name == _VALIDATION:  # what is left out of the section is left out of both
        before, after = before or {}, after or {}
    if before is None or after is None:
        usual = _USUAL.get(name)
        yield name, usual if old is None else old, usual if new is None else new
        return
    for part in sorted({*before, *after}):
        yield from _parts(f"{name}.{part}", before.get(part), after.get(part))


def _named(value: JSON) -> dict[str, JSON] | None:
    """A map as it is, and a list of what has a name by these names."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple) and all(isinstance(item, Mapping) and "name" in item for item in value):
        return {str(item["name"]): item for item in value if isinstance(item, Mapping)}
    return None
