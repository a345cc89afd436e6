"""The project: specs, generated files, data, registered versions, environments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlspec.reconciler.checkup.check import Check, counted, listed, note, ok, problem
from mlspec.spec.ci import CiSpec


@dataclass(frozen=True, slots=True)
class DataFacts:
    """Paths that models read. `unknown`: here, but neither git nor DVC has them. `absent`: nobody has them.
    `away`: DVC knows them, and they are not in the working tree."""

    count: int = 0
    unknown: Sequence[str] = field(default_factory=tuple)
    absent: Sequence[str] = field(default_factory=tuple)
    away: Sequence[str] = field(default_factory=tuple)


def specs(models: int, problems: Sequence[str]) -> Check:
    """The specs as `validate` sees them."""
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        return problem("specs", f"{problems[0]}{more}", "mlspec validate shows them all")
    return ok("specs", f"{counted(models, 'model')}, all valid")


def names(own: str, others: Mapping[str, str]) -> list[Check]:
    """The project's name among those of other projects (folder → name) in the same repository."""
    same = sorted(folder for folder, name in others.items() if name == own)
    if same:
        message = f"the project in {listed(same)} is called {own}, too: on one machine they would share their servers"
        return [problem("name", message, "give one of them another `name` in its specs/project.yaml")]
    return [ok("name", f"{own}, one of {len(others) + 1} projects in this repository")] if others else []


def generated(stale: Sequence[str], orphans: Sequence[str]) -> Check:
    """The generated files against the specs."""
    if not stale and not orphans:
        return ok("generated", "all current")
    parts = [f"not current: {listed(stale)}"] * bool(stale) + [f"of no spec any more: {listed(orphans)}"] * bool(
        orphans
    )
    return problem("generated", "; ".join(parts), "mlspec compile writes them; mlspec compile --check says more")


def workflows(ci: CiSpec, default: str | None, *, found: bool) -> list[Check]:
    """What `compile` writes for CI, against origin's branch; `found`: whether git has what jobs install.

    Nothing where `compile` writes none.
    """
    if not ci.managed or not ci.providers:
        return []
    told = []
    if ci.requirements and not found:
        message = f"git has no {ci.requirements}, of which CI's jobs install mlspec"
        told.append(problem("ci", message, "write it with hashes and git add it, or take ci.requirements out"))
    if default not in {None, ci.branch}:
        message = f"the workflows listen to {ci.branch}, and environments move only from {default}"
        told.append(note("ci", message, f"ci: {{branch: {default}}} in specs/project.yaml, then mlspec compile"))
    return told or [ok("ci", f"the workflows listen to {ci.branch}")]


def data(facts: DataFacts) -> list[Check]:
    """The files that models are trained from."""
    found = []
    if facts.absent:
        hint = "put them there, or correct the path in the spec; then git add or dvc add"
        found.append(problem("data", f"there is no {listed(facts.absent)}", hint))
    if facts.unknown:
        message = f"neither git nor DVC has {listed(facts.unknown)}, so that no plan sees a change"
        found.append(problem("data", message, "git add, or dvc add where it is large"))
    if facts.away:
        message = f"not in the working tree: {listed(facts.away)}"
        found.append(note("data", message, "dvc pull brings it; so does the apply that needs it"))
    return found or [ok("data", f"{counted(facts.count, 'file')}, all there")]


def versions(count: int, away: Sequence[str], *, remote: bool) -> Check:
    """Registered versions (`wine@v0.1.0`), and those whose bytes are not in DVC's cache here."""
    if not away:
        return ok("versions", f"{count} registered{', all in the cache' if count else ''}")
    message = f"not in DVC's cache: {listed(away)}"
    if remote:
        return note("versions", message, "dvc fetch --all-tags brings them; so does the apply that needs one")
    return note("versions", f"{message}, and there is no DVC remote to ask", "train again, or bring the cache back")


def environment(locks: int, wrong: Mapping[str, Sequence[str]]) -> list[Check]:
    """Environment locks (path → what is not as it pins) against what mlspec itself runs with."""
    if not locks:
        return [ok("environment", "no spec pins its packages by a lock")]
    if not wrong:
        return [ok("environment", f"{counted(locks, 'lock')}, all as installed")]
    hint = "an environment is built of it when a model trains; mlspec lock writes one with all that it takes"
    return [note("environment", f"{path}: {listed(found)}", hint) for path, found in wrong.items()]


def processors(wanted: Mapping[str, int], here: int, jobs: Sequence[str]) -> list[Check]:
    """Graphics processors that trainings ask for (model → how many), here and in CI.

    `jobs` are the providers whose job that trains runs wherever the provider likes, as the spec names no runner.
    """
    if not wanted:
        return []
    found, most = [], max(wanted.values())
    asked = f"{listed(sorted(wanted))} train{'s' * (len(wanted) == 1)} on {counted(most, 'graphics processor')}"
    if here < most:
        message = f"{asked}, and {here or 'none'} can be seen here"
        found.append(note("gpu", message, "train where there are some, or look at CUDA_VISIBLE_DEVICES"))
    if jobs:
        message = f"{asked}, and no runner is named for the job that trains ({listed(jobs)})"
        found.append(note("gpu", message, "name one that has some: ci.jobs.train.runs_on in specs/project.yaml"))
    return found or [ok("gpu", asked)]
