"""A project's `ci`, job by job: what every provider has to know of each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from mlspec.domain.folder import Folder
from mlspec.spec.ci import CiSpec, Job, JobSpec, LoginSpec, StepSpec
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules.ci import REACHABLE

_MINUTES: Final[Mapping[str, int]] = {
    "plan": 20,
    "candidate": 350,
    "comment": 5,
    "train": 350,
    "publish": 10,
    "deploy": 60,
}
"""Whatever hangs ends within these; GitHub ends a job after 360 by itself, and then nothing of it can be kept."""


@dataclass(frozen=True, slots=True)
class Value:
    """What CI fills in: a `secret` or `var` by its name, or a text as it stands (`value`)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Extra:
    """A step of the user's own."""

    name: str
    run: str | None
    uses: str | None
    release: str | None
    inputs: Mapping[str, Value]
    env: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Login:
    """A login at a cloud; `inputs` by their names in the spec."""

    cloud: str
    inputs: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class JobView:
    """One job."""

    name: str
    runs_on: tuple[str, ...]
    """none where the project leaves it to the provider"""
    minutes: int
    container: str | None
    env: Mapping[str, Value]
    logins: tuple[Login, ...]
    before: Mapping[str, tuple[Extra, ...]]
    after: Mapping[str, tuple[Extra, ...]]
    """step id → the user's steps there"""


def job(ci: CiSpec, name: str) -> JobView:
    """A job as the project wants it."""
    spec = ci.jobs.get(cast("Job", name), JobSpec())
    own = [step for step in ci.steps if step.job == name]
    return JobView(
        name=name,
        runs_on=spec.runs_on or ci.runs_on or (),
        minutes=_MINUTES[name] if spec.timeout is None else math.ceil(spec.timeout / 60),
        container=spec.container,
        env=_values(spec.env),
        logins=tuple(_login(login) for login in ci.logins if name in login.jobs),
        before=_placed((step.before, step) for step in own),
        after=_placed((step.after, step) for step in own),
    )


def reachable(project: ProjectSpec) -> Iterator[tuple[str, str]]:
    """The environments that CI can deploy to, in the project's order, and what the forge calls each."""
    for name, environment in project.environments.items():
        if environment.target in REACHABLE:
            yield name, project.ci.environments.get(name, name)


def watched(project: ProjectSpec, own: str) -> tuple[str, ...]:
    """The patterns of paths whose change counts; none where every change does. `own` are the provider's files.

    A project in a folder is not about what lies elsewhere.
    """
    ci, home = project.ci, Folder(project.ci.folder or "")
    if not ci.changed_only:
        return (f"{home.prefix}**", own) if home.name else ()
    ours = (*ci.changed_only, "specs/**", f"{project.layout.models}/**")
    lock = [home.outward(ci.requirements)] if ci.requirements else []
    return tuple(dict.fromkeys([*map(home.outward, ours), own, *lock]))


def marker(home: Folder) -> str:
    """By what the comment with a project's plan is found: its first line."""
    return f"<!-- mlspec:plan{' ' + home.name if home.name else ''} -->"


def joint(home: Folder) -> str:
    """What stands between a folder and what follows it in a name: neither holds it, so that no two names are one.

    With `-`, `churn` and `eu-production` would be called what `churn-eu` and `production` are.
    """
    return "/" if home.name else "-"


def told(home: Folder) -> dict[str, str]:
    """What scripts are told of the project's place; those of one at the top know it where they are told nothing.

    `TRAINED` is the branch on which waits what was trained, where pull requests bring it to the project's own.
    """
    chains = home.chains.removeprefix("refs/").removesuffix("/")
    trained = f"mlspec/trained{'--' + home.slug if home.slug else ''}"
    return {"FOLDER": home.name, "CHAINS": chains, "TAGS": home.tag(""), "TRAINED": trained}


def _placed(steps: Iterable[tuple[str | None, StepSpec]]) -> Mapping[str, tuple[Extra, ...]]:
    found: dict[str, tuple[Extra, ...]] = {}
    for anchor, step in steps:
        if anchor is not None:
            found[anchor] = (*found.get(anchor, ()), _extra(step))
    return found


def _extra(step: StepSpec) -> Extra:
    return Extra(step.name, step.run, step.uses, step.release, _values(step.with_), _values(step.env))


def _login(login: LoginSpec) -> Login:
    clouds = {"aws": login.aws, "gcp": login.gcp, "azure": login.azure}
    cloud, spec = next((cloud, spec) for cloud, spec in clouds.items() if spec is not None)
    return Login(cloud, _values(spec.model_dump()))


def _values(references: Mapping[str, str]) -> Mapping[str, Value]:
    return {name: Value(*reference.split(":", 1)) for name, reference in references.items()}
