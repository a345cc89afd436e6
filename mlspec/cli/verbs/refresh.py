"""`mlspec refresh`: fetch sources now, however fresh they are."""

from __future__ import annotations

from collections.abc import Sequence

from mlspec.cli.applying import Options, check, prepare
from mlspec.cli.console import console
from mlspec.cli.refreshing import run_refreshes
from mlspec.cli.session import changing, plan_for
from mlspec.cli.show import outcome_text
from mlspec.domain.plan import ActionKind
from mlspec.errors import EXIT_DONE, EXIT_ERROR, MlspecError
from mlspec.planner.plan import Selection
from mlspec.planner.sources import users_of
from mlspec.reconciler.probing import with_sources
from mlspec.reconciler.world import World, observe
from mlspec.spec.problem import suggest


def run(*, sources: Sequence[str]) -> int:
    """Fetch, check and commit; what follows from new data is for the next plan."""
    with changing("refresh") as ports:
        options = prepare(ports, Options(environment="", push=False, only="train", jobs=1, json=""))
        world = observe(ports)
        names = _known(world, sources)
        models = sorted({user for name in names for user in users_of(world.desired, name)})
        seen = plan_for(ports, with_sources(world, wanted=names), Selection(tuple(models)))
        actions = tuple(
            item for item in seen.plan.actions if item.action is ActionKind.REFRESH and item.source in names
        )
        if left := sorted(set(names) - {action.source for action in actions}):
            console.say(f"left alone, as all that read it is suspended: {', '.join(left)}")
        check(seen, options)
        outcomes = run_refreshes(seen, actions, quiet=False)
        for outcome in outcomes.values():
            if outcome.status == "failed":
                console.out(outcome_text(outcome, console))
        if any(outcome.status == "done" for outcome in outcomes.values()):
            console.out("mlspec plan shows what follows from it.")
    return EXIT_DONE if all(outcome.status == "done" for outcome in outcomes.values()) else EXIT_ERROR


def _known(world: World, asked: Sequence[str]) -> list[str]:
    """All sources that are fetched, or those that were asked for; MlspecError for others."""
    names = [source.name for source in world.desired.sources]
    if not names:
        raise MlspecError("no spec fetches any data", hint="sources with `url`, `sql`, `s3` or `command` are fetched")
    for name in asked:
        if name not in names:
            hint = suggest(name, names) or f"there are: {', '.join(sorted(names)[:20])}"
            raise MlspecError(f"no spec fetches a source `{name}`", hint=hint)
    return list(asked) or names
