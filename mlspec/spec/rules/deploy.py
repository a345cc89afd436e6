"""Rules for `deploy:` every `from` leads to an environment of the model, and none in a circle."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, suggest


def check_deploy(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of promotion chains."""
    for name, deploy in spec.deploy.items():
        at = ("deploy", name, "from")
        if deploy.from_ is None:
            continue
        if deploy.from_ == name:
            yield Fault(at, f"`{name}` can't get its versions from itself", "remove it, or name another environment")
        elif deploy.from_ not in spec.deploy:
            hint = suggest(deploy.from_, set(spec.deploy) - {name}) or f"add `{deploy.from_}` to `deploy`"
            yield Fault(at, f"the model is not deployed to `{deploy.from_}`", hint)
    yield from _cycles(spec)


def _cycles(spec: ModelSpec) -> Iterator[Fault]:
    """Each circle is told once, at the environment of it that comes first in the file."""
    seen: set[str] = set()
    for start in spec.deploy:
        path = _chain(spec, start)
        if path[-1] != start or len(path) < 3 or start in seen:
            continue
        seen.update(path)
        yield Fault(("deploy", start, "from"), f"promotion goes in a circle: {' ← '.join(path)}", "remove one `from`")


def _chain(spec: ModelSpec, start: str) -> list[str]:
    """The environments that versions come through, nearest first, up to one that is already there."""
    path = [start]
    while (deploy := spec.deploy.get(path[-1])) and deploy.from_:
        path.append(deploy.from_)
        if deploy.from_ in path[:-1]:
            break
    return path
