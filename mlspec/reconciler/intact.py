"""Whether a candidate was made of what was planned, and may go on top of HEAD: asked of git before it is believed.

docs/decisions/0052 says what is asked when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mlspec.compiler.resolve import resolve
from mlspec.domain.desired import DesiredModel
from mlspec.domain.digest import JSON
from mlspec.errors import HeadMoved, MlspecError
from mlspec.ports.git import Snapshot
from mlspec.reconciler.bundle import PROJECT
from mlspec.reconciler.lockfiles import other_data
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.safety import inputs_among
from mlspec.reconciler.world import World

_TRIES: Final = 5
"""Commits of others in this clone that one of ours is looked over again for"""
TRAINED: Final = "trained"
"""Train digest → the MD5s of what was made of it."""
TAINTED: Final[list[str]] = []
"""In their place: it was made of something else."""
_CODE: Final = "evaluation.code."


@dataclass(frozen=True, slots=True)
class Planned:
    """A model as the plan saw it, to be compared with what git says now."""

    ports: Ports
    world: World
    model: DesiredModel

    def refuse_altered(self) -> Snapshot:
        """MlspecError where something that the stages read is not what was planned; else what git says of the tree."""
        snapshot = self.ports.git.snapshot()
        if changed := self._changed(snapshot):
            raise self._tainted(changed, snapshot)
        return snapshot

    def base(self) -> str:
        """The commit that holds what the model was made of, for the candidate to go on from.

        That is HEAD, wherever it stands by now. MlspecError where it holds something else.
        """
        snapshot = self.refuse_altered()
        if unlike := self._unlike_lock():
            raise self._tainted(unlike, snapshot)
        if moved := self._moved(snapshot):
            raise self._refusal(moved, snapshot)
        return snapshot.head.commit

    def commit(self, base: str, paths: Sequence[str], message: str) -> str | None:
        """Commit these paths on top of `base`, or of what came after it and holds the same inputs."""
        for _ in range(_TRIES):
            try:
                return self.ports.writer.commit(paths, message, onto=base)
            except HeadMoved:
                base = self.base()
        return self.ports.writer.commit(paths, message, onto=base)

    def _changed(self, snapshot: Snapshot) -> list[str]:
        """What is another in the tree than it was when the plan was made."""
        # The blueprint as the spec's text has it: the model's own has been resolved already.
        blueprint = next(item for item in self.world.bundle.blueprints if item.name == self.model.name)
        now = resolve(blueprint, self.ports.tree(snapshot))
        changed = _differing(self.model.inputs, now.inputs)
        code = _differing(_judging(self.model), _judging(now))
        written = {path: blob for path, blob in blueprint.generated.items() if path not in self.world.actual.edited}
        return [
            *changed,
            *(name.removeprefix(_CODE) for name in code),
            *(path for path, blob in written.items() if snapshot.blobs.get(path) != blob),
            *self._modified(),
        ]

    def _modified(self) -> Iterable[str]:
        """Git does not see what becomes of data that DVC tracks."""
        tracked = [path for path, value in self.model.inputs.items() if str(value).startswith("md5:")]
        return self.ports.pipeline.modified(tracked) if tracked else ()

    def _moved(self, snapshot: Snapshot) -> list[str]:
        """What HEAD has otherwise than the plan: specs, which no stage reads, and files that were put back since.

        A spec that is being edited for the next training is in nobody's way.
        """
        dirty = inputs_among(snapshot.dirty, [self.model])
        head = self.ports.git.tree(snapshot.head.commit)[1] if dirty else {}
        found = {path: snapshot.blobs.get(path) for path in (PROJECT, *self.model.blueprint.documents)}
        found |= {path: head.get(path) for path in dirty}
        planned = self.world.actual.files
        moved = sorted(path for path, blob in found.items() if blob != planned.get(path))
        return moved or (["HEAD"] if snapshot.head.branch != self.world.head.branch else [])

    def _unlike_lock(self) -> list[str]:
        """Data that was something else when the stages read it, and was put back since."""
        lock = self.ports.files.read(f"{self.model.blueprint.folder}/dvc.lock") or b""
        return [path for path, _, _ in other_data(lock, self.model, self.ports.files)]

    def _tainted(self, changed: Sequence[str], snapshot: Snapshot) -> MlspecError:
        """What the stages made of it is not to be taken for what was planned, neither now nor in the next run."""
        self.ports.cache.put_many(TRAINED, {self.model.train: TAINTED})
        return self._refusal(changed, snapshot)

    def _refusal(self, changed: Sequence[str], snapshot: Snapshot) -> MlspecError:
        first, name = changed[0], self.model.name
        details = tuple(changed) if len(changed) > 1 else ()
        if snapshot.head.branch != self.world.head.branch:
            now = f"`{snapshot.head.branch}`" if snapshot.head.branch else "no branch"
            why = f"HEAD moved to {now} while {name} trained, so that nothing of it was committed"
            return HeadMoved(why, hint=f"git switch {self.world.head.branch}, then run the same again", details=details)
        head, planned = self.ports.git.tree(snapshot.head.commit)[1], self.world.actual.files
        if any(head.get(path) != planned.get(path) for path in (first, f"{first}.dvc")):
            why = f"HEAD moved to {snapshot.head.commit[:7]} while {name} trained, which has another `{first}`"
            return HeadMoved(why, hint="nothing of it was committed: run it again", details=details)
        hint = "git commit it or put it back, then run the same again; a training must not write to its own inputs"
        return MlspecError(
            f"`{first}` was changed while {name} trained, so that nothing of it is kept", hint=hint, details=details
        )


def _judging(model: DesiredModel) -> dict[str, JSON]:
    return {subject.name: subject.value for subject in model.blueprint.evaluate}


def _differing(before: Mapping[str, JSON], now: Mapping[str, JSON]) -> list[str]:
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
