"""Generated files: which are to be written, and which somebody else's hand holds back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlspec.domain.actual import Actual
from mlspec.domain.plan import Action, ActionKind, Held
from mlspec.domain.reason import HeldReason, Reason, ReasonKind


def compile_steps(
    model: str, generated: Mapping[str, str], actual: Actual, where: str, orphans: Sequence[str] = ()
) -> tuple[Action | Held, ...]:
    """One compile action for a model's files (or, without a model, the project's), or what stands in its way."""
    stale = [
        path for path, blob in sorted(generated.items()) if actual.files.get(path) != blob or path in actual.uncommitted
    ]
    if not stale and not orphans:
        return ()
    edited = [path for path in stale if path in actual.edited]
    if edited:
        message = f"edited by hand: {', '.join(edited)}; move the change into the spec, or mlspec compile --force"
        return (Held(model, "", HeldReason.HAND_EDITED, message),)
    reasons = [Reason(_kind(actual.files.get(path), generated[path]), path, where=where) for path in stale]
    reasons += [Reason(ReasonKind.FILE_ORPHANED, path, where=where) for path in orphans]
    return (Action(ActionKind.COMPILE, model, because=tuple(reasons)),)


def _kind(found: str | None, wanted: str) -> ReasonKind:
    """A file that is right and not committed was left so by a run that was cut off, or by `mlspec compile`."""
    if found is None:
        return ReasonKind.FILE_MISSING
    return ReasonKind.FILE_UNCOMMITTED if found == wanted else ReasonKind.FILE_STALE
