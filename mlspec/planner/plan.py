"""Desired × Actual → Plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mlspec.domain.actual import Actual, ModelHistory
from mlspec.domain.desired import Desired, DesiredModel
from mlspec.domain.plan import Action, ActionKind, Held, Plan
from mlspec.domain.reason import HeldReason
from mlspec.errors import MlspecError
from mlspec.kinds.gate import GateKind
from mlspec.planner.ageing import old_data, too_old
from mlspec.planner.builds import Builds
from mlspec.planner.files import compile_steps
from mlspec.planner.forecast import fits, forecast, overruns
from mlspec.planner.obstacles import off_default_branch
from mlspec.planner.places import Rollouts
from mlspec.planner.promotions import Promotions
from mlspec.planner.references import refuse_missing, refuse_unknown_versions
from mlspec.planner.removed import removed, successors
from mlspec.planner.retraining import decide
from mlspec.planner.rollback import RollbackRequest
from mlspec.planner.sources import Refreshes, plan_refreshes
from mlspec.planner.strays import strays
from mlspec.planner.versions import Choice, choose, describes
from mlspec.spec.problem import suggest

Step = Action | Held


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user asked for: some models, one environment; empty means all."""

    models: Collection[str] = ()
    environment: str = ""
    retrain: str = ""
    """train what was named now, whatever its policy says: who asks"""
    prune: int = 0
    """retire what no spec asks for any more, at so many places at most"""
    rollback: RollbackRequest | None = None
    """go back: with one model and one environment"""

    def check(self, desired: Desired) -> None:
        """MlspecError for a name that no spec has."""
        names = [model.name for model in desired.models]
        for name in self.models:
            if name not in names:
                raise MlspecError(f"no spec has the model `{name}`", hint=_known(name, names))
        if self.environment and self.environment not in desired.environments:
            hint = _known(self.environment, desired.environments)
            raise MlspecError(f"the project has no environment `{self.environment}`", hint=hint)


def _known(name: str, names: Collection[str]) -> str:
    """The name that was likely meant, and those that there are."""
    return f"{suggest(name, names)} there are: {', '.join(sorted(names)[:20])}".strip()


def make_plan(
    desired: Desired, actual: Actual, kinds: Mapping[str, GateKind], selection: Selection | None = None
) -> Plan:
    """What would be done now, and what is held. MlspecError for unknown names and for data that nobody has."""
    selection = selection or Selection()
    selection.check(desired)
    chosen = [model for model in desired.models if not selection.models or model.name in selection.models]
    refreshes = plan_refreshes(desired, actual, [model for model in chosen if not _is_suspended(model, actual)])
    steps: list[Step] = []
    if selection.rollback is None:
        steps += [*refreshes.actions.values(), *refreshes.held.values(), *old_data(chosen, actual)]
    if not selection.models:
        steps += compile_steps("", desired.generated, actual, "specs", actual.orphans)
    for model in chosen:
        builds = Builds(model, actual, desired.stores)
        found = _model_steps(model, actual, kinds, builds, selection, refreshes)
        # Who goes back trains nothing, and is not asked about it.
        steps += found if selection.rollback is None else (step for step in found if step.environment)
    if not selection.models:
        steps += removed(desired, actual, selection.environment, selection.prune, successors(desired, actual, steps))
    actions = tuple(_foreseen(step, actual) for step in steps if isinstance(step, Action))
    return Plan(
        revision=desired.revision,
        base=actual.base,
        actions=actions,
        held=tuple(step for step in steps if isinstance(step, Held)),
        warnings=(*_unwatched(chosen), *_overruns(chosen, actions), *strays(chosen, actual)),
    )


def _foreseen(action: Action, actual: Actual) -> Action:
    """A training knows how long it will take, where there were others; what fits nothing takes another time."""
    if action.action is not ActionKind.TRAIN or action.model not in actual.models:
        return action
    if not fits(action):
        return action
    return replace(action, forecast=forecast(actual.models[action.model].trainings))


def _overruns(models: Sequence[DesiredModel], actions: Sequence[Action]) -> Iterator[str]:
    """Trainings that will likely take longer than they may."""
    forecasts = {action.model: action.forecast for action in actions if action.forecast is not None}
    for model in models if forecasts else ():
        if model.name in forecasts:
            yield from overruns(model.blueprint, forecasts[model.name])


def _unwatched(models: Sequence[DesiredModel]) -> Iterator[str]:
    """Files that a command names and whose changes train nothing: most people take them for inputs."""
    for model in models:
        for item in model.unwatched:
            where, command = model.blueprint.where(item.line, item.origin), item.name.replace("deps", "command")
            words = f"{command} names {item.value}, which is no input: a change of it goes unseen"
            yield f"{words}; put it into {item.name}, with what it runs and reads ({where})"


def _is_suspended(model: DesiredModel, actual: Actual) -> bool:
    return bool(actual.models.get(model.name, ModelHistory()).suspended)


def _model_steps(
    found: DesiredModel,
    actual: Actual,
    kinds: Mapping[str, GateKind],
    builds: Builds,
    selection: Selection,
    refreshes: Refreshes,
) -> Iterator[Step]:
    model = refreshes.expected(found)
    blueprint = model.blueprint
    history = actual.models.get(model.name, ModelHistory())
    if history.suspended and selection.rollback is None:
        # Nothing of it is touched, not even put right; a rollback is a person's own word, and comes through.
        yield Held(model.name, "", HeldReason.SUSPENDED, f"{history.suspended}; mlspec resume {model.name}")
        return
    refuse_missing(model, actual)
    found_choice = choose(model, history, kinds)
    decision = decide(model, history, actual, found_choice, asked=selection.retrain)
    if selection.rollback is None and _trains(decision.choice):
        refuse_unknown_versions(blueprint, history)
    choice, notes = _with_data(decision.choice, found_choice, refreshes.unseen(model), too_old(model, actual))
    yield from (*decision.notes, *notes)
    if off_default_branch(actual):
        # All branches share one description: two of them would write theirs over the other's without end.
        choice = replace(choice, actions=tuple(action for action in choice.actions if not describes(action)))
    yield from choice.held
    compiling = compile_steps(model.name, blueprint.generated, actual, blueprint.where(blueprint.line))
    if choice.held:
        # A held run commits nothing, its generated files included: reverting the spec's commit must be enough.
        compiling = ()
    yield from compiling
    if choice.record is None and any(isinstance(step, Held) for step in compiling):
        choice = replace(choice, actions=())
    before = (*refreshes.before(model), *(step.id for step in compiling if isinstance(step, Action)))
    yield from (
        replace(action, depends_on=(*before, *action.depends_on)) if action.action is ActionKind.TRAIN else action
        for action in choice.actions
    )
    promotions = Promotions(blueprint, history, actual, choice, selection.rollback)
    yield from Rollouts(model, history, actual, builds, promotions, selection.environment).steps()


def _with_data(
    choice: Choice, before: Choice, unseen: Held | None, old: Held | None
) -> tuple[Choice, tuple[Held, ...]]:
    """What of a choice the data allows; `before` is the choice without what time alone asks for."""
    if choice.record is None and unseen is not None:
        return Choice(held=(unseen,)), ()
    if old is None or not _trains(choice):
        return choice, ()
    # Without a change the version that there is stays the one that is wanted; only its successor has to wait.
    return (Choice(held=(old,)), ()) if _trains(before) else (before, (old,))


def _trains(choice: Choice) -> bool:
    return any(action.action is ActionKind.TRAIN for action in choice.actions)
