"""More words for a plan: which functions of the code changed, and which rows, columns and files of the data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic
from typing import Final

from mlspec.compiler.changes.code import code_changes
from mlspec.compiler.changes.tables import table_changes
from mlspec.domain.digest import JSON
from mlspec.domain.plan import KNOWN_AFTER_REFRESH, Action, ActionKind, Plan
from mlspec.domain.python import python_code
from mlspec.domain.reason import Reason, ReasonKind
from mlspec.domain.record import VersionRecord
from mlspec.planner.versions import last_trained
from mlspec.ports.contents import Contents
from mlspec.reconciler.world import World

_MODELS: Final = 20
"""Models whose reasons are explained; a change that trains more of them is one that its author knows."""
_SECONDS: Final = 2.0
"""For all of a plan; what is left is told by its digests."""
_LINES: Final = 8

Deadline = Callable[[], bool]


def explain(plan: Plan, world: World, contents: Contents) -> Plan:
    """The plan with `details` where both contents are at hand; it costs nothing where nothing trains."""
    end = monotonic() + _SECONDS
    trains = [action for action in plan.actions if action.action is ActionKind.TRAIN][:_MODELS]
    told = {action.id: _explained(action, world, contents, lambda: monotonic() > end) for action in trains}
    return replace(plan, actions=tuple(told.get(action.id, action) for action in plan.actions)) if told else plan


def _explained(action: Action, world: World, contents: Contents, late: Deadline) -> Action:
    history = world.actual.models.get(action.model)
    last = last_trained(history) if history else None
    if last is None:
        return action
    wanted = world.model(action.model).inputs

    def more(reason: Reason) -> Reason:
        if reason.new == KNOWN_AFTER_REFRESH:
            return reason
        details = () if late() else tuple(_details(reason, last, wanted.get(reason.subject), contents))
        cut = (*details[:_LINES], f"and {len(details) - _LINES} more") if len(details) > _LINES else details
        return replace(reason, details=cut)

    return replace(action, because=tuple(map(more, action.because)))


def _details(reason: Reason, last: VersionRecord, new: JSON, contents: Contents) -> Iterator[str]:
    old = last.inputs.get(reason.subject)
    if not isinstance(old, str) or not isinstance(new, str):
        return
    if reason.kind is ReasonKind.CODE_CHANGED and reason.subject.endswith(".py"):
        yield from _code(reason.subject, old, last.parent, contents)
    elif reason.kind is ReasonKind.DATA_CHANGED:
        yield from _data(reason.subject, old, new, contents)


def _code(path: str, digest: str, parent: str, contents: Contents) -> tuple[str, ...]:
    """Nothing where the commit that was trained has another code than the record says: then it is not known."""
    before, after = contents.code(parent, path), contents.now(path)
    if before is None or after is None or python_code(before).digest != digest:
        return ()
    return code_changes(path, before, after)


def _data(path: str, old: str, new: str, contents: Contents) -> tuple[str, ...]:
    before = contents.behind(old)
    after = contents.behind(new) if before is not None else None
    if before is not None and after is None and not new.endswith(".dir"):
        after = contents.now(path)
    if before is None or after is None:
        return ()
    if new.endswith(".dir") and old.endswith(".dir"):
        return tuple(_files(path, before, after))
    return table_changes(before, after)


def _files(folder: str, before: bytes, after: bytes) -> Iterator[str]:
    """DVC's list of a folder's files, each by its MD5."""
    try:
        old, new = ({item["relpath"]: item["md5"] for item in json.loads(data)} for data in (before, after))
    except (ValueError, KeyError, TypeError):
        return
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            word = "added" if name not in old else "removed" if name not in new else "changed"
            yield f"{folder}/{name} {word}"
