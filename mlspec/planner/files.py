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
    stale = [path for path, blob in sorted(generated.items()) if actual.files.get(path) != blob]
    if not stale and not orphans:
        return ()
    edited = [path for path in stale if path in actual.edited]
    if edited:
        message = f"edited by hand: {', '.join(edited)}; move the change into the spec, or mlspec compile --force"
        return (Held(model, "", HeldReason.HAND_EDITED, message),)
    reasons = [
        Reason(ReasonKind.FILE_STALE if path in actual.files else ReasonKind.FILE_MISSING, path, where=where)
        for path in stale
    ]
    reasons += [Reason(ReasonKind.FILE_ORPHANED, path, where=where) for path in orphans]
    return (Action(ActionKind.COMPILE, model, because=tuple(reasons)),)
