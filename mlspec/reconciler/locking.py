"""Locks of training environments: which there are, what each is resolved from, and writing them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from mlspec.compiler.header import stamp, verdict
from mlspec.compiler.lockfile import OTHER, packages
from mlspec.domain.desired import Blueprint
from mlspec.domain.digest import digest
from mlspec.errors import MlspecError
from mlspec.ports.environments import LockRequest
from mlspec.reconciler.ports import Ports
from mlspec.spec.problem import suggest

State = Literal["current", "missing", "stale", "hand-edited", "foreign"]

_ASKED = "# asked for: "


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that models train by: its path, and all that it is resolved from."""

    path: str
    python: str
    files: tuple[str, ...]
    packages: tuple[str, ...]
    needs: tuple[str, ...]
    source: str
    """what a person edits in its place"""


def locks(blueprints: Sequence[Blueprint], models: Collection[str] = ()) -> list[Lock]:
    """The locks of some models, or of all. MlspecError where a model has none, or two do not agree on Python."""
    _check_names(blueprints, models)
    paths = {item.lock.path for item in blueprints if item.lock and (not models or item.name in models)}
    bare = [item for item in blueprints if item.lock is None and item.name in models]
    if bare or not paths:
        name = f"the model `{bare[0].name}`" if bare else "no model"
        raise MlspecError(
            f"{name} {'names no' if bare else 'names a'} lock",
            hint="write `environment: {lock: requirements.lock}` below `training` in its spec",
        )
    return [
        _lock(path, [item for item in blueprints if item.lock and item.lock.path == path]) for path in sorted(paths)
    ]


def _check_names(blueprints: Iterable[Blueprint], models: Iterable[str]) -> None:
    known = [item.name for item in blueprints]
    for name in models:
        if name not in known:
            raise MlspecError(f"there is no model `{name}`", hint=suggest(name, known))


def _lock(path: str, users: Sequence[Blueprint]) -> Lock:
    """Models that share a lock share all that any of them asks for."""
    pythons = sorted({item.python for item in users})
    if len(pythons) > 1:
        names = ", ".join(item.name for item in users)
        raise MlspecError(f"the models that share {path} ask for different Pythons: {names}", hint="a lock for each")
    files = _merged([item.requirements] * bool(item.requirements) for item in users)
    asked = _merged(item.packages for item in users)
    return Lock(path, pythons[0], files, asked, _merged(item.needs for item in users), (*files, users[0].path)[0])


def _merged(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({item for items in lists for item in items}))


def state(ports: Ports, lock: Lock) -> State:
    """Whether a lock is there, ours, and of what is asked for now. It is not resolved for this: no index is asked."""
    content = ports.files.read(lock.path)
    if content is None:
        return "missing"
    found = verdict(content, b"")
    if found == "stale" and f"{_ASKED}{_asked(ports, lock)}\n" in content.decode(errors="replace"):
        return "current"
    return found


def write(ports: Ports, lock: Lock, *, upgrade: bool, force: bool) -> list[str]:
    """Resolve a lock and write it; what changed in it, a line for each package.

    MlspecError where a file is there that mlspec did not write, or that somebody edited since, unless by `force`.
    """
    found = state(ports, lock)
    if found in {"foreign", "hand-edited"} and not force:
        how = "was edited by hand" if found == "hand-edited" else "was not written by mlspec"
        hint = f"move what it pins into {lock.source}, or overwrite it by mlspec lock --force"
        raise MlspecError(f"{lock.path} {how}", hint=hint)
    asked = _asked(ports, lock)
    previous = (ports.files.read(lock.path) or b"").decode(errors="replace")
    wanted = (*lock.packages, *ports.environments.requirements(lock.needs))
    text = ports.environments.resolve(LockRequest(lock.python, lock.files, wanted, previous, upgrade))
    ports.files.write(lock.path, stamp(f"{_ASKED}{asked}\n{text}", lock.source))
    return list(_changes(packages(previous), packages(text)))


def _asked(ports: Ports, lock: Lock) -> str:
    """What people asked for, as a digest; what mlspec itself adds does not count, as it changes with each release."""
    texts = {path: _text(ports, path) for path in lock.files}
    return digest({"python": lock.python, "files": texts, "packages": list(lock.packages)})


def _text(ports: Ports, path: str) -> str:
    data = ports.files.read(path)
    if data is None:
        raise MlspecError(f"there is no `{path}`", hint="write the packages that your model needs in it, one a line")
    return data.decode(errors="replace")


def _changes(old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    """`numpy 2.1.0 -> 2.2.0`, `+ scipy 1.15.0`, `- six 1.16.0`."""
    for name in sorted({*old, *new} - {OTHER}):
        if name not in old:
            yield f"+ {name} {new[name]}"
        elif name not in new:
            yield f"- {name} {old[name]}"
        elif old[name] != new[name]:
            yield f"{name} {old[name]} -> {new[name]}"
