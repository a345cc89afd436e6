"""Rules for `deploy:` every `from` leads to an environment of the model, and none in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlspec.spec.model import ModelSpec
from mlspec.spec.monitoring import RequestsSpec
from mlspec.spec.problem import Fault, Path, suggest
from mlspec.spec.project import ProjectSpec
from mlspec.spec.replay import ReplaySpec
from mlspec.spec.serving import DeploySpec

_RECORD: Final = "add `monitoring: {requests: {sample: 0.01}}`; raw values are kept then, so think of whose they are"


def check_deploy(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of promotion chains."""
    for name, deploy in spec.deploy.items():
        at = ("deploy", name, "from")
        if deploy.from_ == name:
            yield Fault(at, f"`{name}` can't get its versions from itself", "remove it, or name another environment")
        elif deploy.from_ is not None and deploy.from_ not in spec.deploy:
            hint = suggest(deploy.from_, set(spec.deploy) - {name}) or f"add `{deploy.from_}` to `deploy`"
            yield Fault(at, f"the model is not deployed to `{deploy.from_}`", hint)
        if deploy.promote is not None and deploy.promote.after and deploy.from_ is None:
            yield _nowhere(("deploy", name, "promote", "after"))
        if deploy.replay is not None:
            yield from _replay(spec, deploy.replay, ("deploy", name, "replay"))
        yield from _compared(spec, deploy, ("deploy", name))
    yield from _cycles(spec)


def _compared(spec: ModelSpec, deploy: DeploySpec, at: Path) -> Iterator[Fault]:
    """Answers can be compared only where some are kept; those to the same request are found by its values."""
    requests = _records(spec)
    for name, said in (("canary", deploy.canary), ("shadow", deploy.shadow)):
        for field in ("max_prediction_shift", "max_changed"):
            if getattr(said, field, None) is None:
                continue
            if requests is None:
                message = "there are no answers to compare: no requests are recorded"
                yield Fault((*at, name, field), message, _RECORD)
            elif name == "shadow" and requests.redact:
                message = f"both versions' answers to a request can't be told: `{requests.redact[0]}` is redacted"
                hint = "remove it, or take the column off `monitoring.requests.redact` if it may be kept"
                yield Fault((*at, name, field), message, hint)


def _records(spec: ModelSpec) -> RequestsSpec | None:
    return spec.monitoring.requests if spec.monitoring else None


def _replay(spec: ModelSpec, replay: ReplaySpec, at: Path) -> Iterator[Fault]:
    """Only what was recorded, and in full, can be sent again."""
    requests = _records(spec)
    if requests is None:
        yield Fault(at, "there are no requests to replay: none are recorded", _RECORD)
    elif requests.redact:
        message = f"requests can't be replayed: `{requests.redact[0]}` is redacted, and the model needs it"
        yield Fault(at, message, "remove `replay`, or take it off `monitoring.requests.redact` if it may be kept")
    if "min_requests" in replay.model_fields_set and replay.min_requests > replay.requests:
        message = f"`min_requests` {replay.min_requests} is more than `requests`"
        yield Fault((*at, "min_requests"), message, f"`requests` is {replay.requests}, and no more rows are sent")


def check_soaking(spec: ModelSpec, project: ProjectSpec) -> Iterator[Fault]:
    """Faults of policies that environments of the project have, and a model does not say otherwise."""
    for name, deploy in spec.deploy.items():
        environment = project.environments.get(name)
        if deploy.promote is None and environment and environment.promote.after and deploy.from_ is None:
            yield _nowhere(("deploy", name))


def _nowhere(at: Path) -> Fault:
    message = "a version can't soak before it is promoted here: this environment gets its versions from no other"
    return Fault(at, message, "add `from`, naming the environment where it soaks")


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
