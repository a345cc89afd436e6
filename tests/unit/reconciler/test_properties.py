"""Whatever is edited in whatever order: plans converge, nothing is trained twice, and plans are well formed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from fakes.shop import PLACE, Shop, is_refused, is_trained
from fakes.wanted import GATES, SPEC
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mlspec.domain.actual import Running
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Plan
from mlspec.planner.plan import Selection, make_plan
from mlspec.reconciler.world import World

START = {"max_depth": "8", "verbose": "0", "score": "0.9", "replicas": "1", "owner": "a@b.c", "min": "0.8", "data": "1"}
VALUES = {
    "max_depth": ["8", "9", "8.0"],
    "verbose": ["0", "1", "2"],
    "score": ["0.9", "0.85", "0.5"],
    "replicas": ["1", "2"],
    "owner": ["a@b.c", "d@e.f"],
    "min": ["0.4", "0.8", "0.87"],
    "data": ["1", "2"],
}
EDITS = st.sampled_from([(name, value) for name, values in VALUES.items() for value in values])
EVENTS = st.one_of(EDITS, EDITS, EDITS, st.sampled_from([("kill", ""), ("break", ""), ("degrade", ""), ("back", "")]))


def written(state: dict[str, str]) -> dict[str, str]:
    """The files of a project in this state."""
    params = "".join(f"    {name}: {state[name]}\n" for name in ("verbose", "score"))
    spec = SPEC.replace("    max_depth: 8\n", f"    max_depth: {state['max_depth']}\n{params}")
    spec = spec.replace("replicas: 1", f"replicas: {state['replicas']}").replace("cellar@example.com", state["owner"])
    spec = spec.replace("min: 0.8", f"min: {state['min']}")
    return {"specs/wine.yaml": spec, "data/wine.csv": f"alcohol,cultivar\n{state['data']},1\n"}


@dataclass
class Story:
    """A project that lives through events; `tried` are the fingerprints that were trained."""

    shop: Shop
    states: list[dict[str, str]] = field(default_factory=lambda: [dict(START)])
    tried: set[tuple[str, str]] = field(default_factory=set)

    def happen(self, name: str, value: str) -> None:
        """One event, then as many runs as it takes: two at most, for a rollout that fails has to be taken back."""
        runtime = self.shop.ports.process
        if name == "kill":
            runtime.running.pop(PLACE, None)
        elif name == "degrade" and PLACE in runtime.running:
            runtime.degrade(PLACE)
        elif name == "break":
            runtime.fail_next("ValueError: no")
        else:
            before = self.states[-2] if name == "back" and len(self.states) > 1 else self.states[-1]
            self.states.append(before | ({name: value} if name in START else {}))
            self.shop.commit(written(self.states[-1]))
        for _ in range(3):
            world, plan = self.shop.look()
            if not plan.actions:
                break
            self._apply(world, plan)
        self.shop.ports.process._failures.clear()
        assert plan.actions == (), f"after {name} {value} it never comes to rest"

    def _apply(self, world: World, plan: Plan) -> None:
        (model,) = world.desired.models
        check(plan)
        if is_trained(plan, "wine"):
            assert (model.train, model.evaluate) not in self.tried, "the same was trained twice"
            self.tried.add((model.train, model.evaluate))
        broken = bool(self.shop.ports.process._failures)
        outcomes = self.shop.apply()
        assert {outcome.status for outcome in outcomes} <= {"done", "held"} | ({"failed"} if broken else set())


def check(plan: Plan) -> None:
    """What is true of every plan."""
    ids = [action.id for action in plan.actions]
    assert len(set(ids)) == len(ids)
    for position, action in enumerate(plan.actions):
        assert set(action.depends_on) <= set(ids[:position]), "a step depends on one that is not before it"
        assert all(reason.where for reason in action.because)
        assert action.because or action.version == KNOWN_AFTER_TRAIN
    assert not (is_trained(plan, "wine") and is_refused(plan, "wine"))
    assert all(held.message for held in plan.held)


def check_rest(shop: Shop) -> None:
    """What is true once nothing is left to do: production runs its stage's very bytes, as the spec has them."""
    world, plan = shop.look()
    assert make_plan(world.desired, world.actual, GATES, Selection()) == plan
    history, seen = world.actual.models["wine"], world.actual.running.get(PLACE)
    stage = history.stages.get("production")
    if plan.held or stage is None:
        return
    assert isinstance(seen, Running)
    assert (seen.version, seen.artefact) == (str(stage), history.versions[stage].artefact_digest)
    (model,) = world.desired.models
    matching = [*history.versions.values(), *history.equivalent]
    assert str(stage) in {record.version for record in matching if record.train == model.train}
    assert dict(seen.serve) == dict(model.blueprint.deployments[0].serve)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(EVENTS, max_size=7))
@example([("verbose", "1"), ("max_depth", "9"), ("verbose", "0"), ("max_depth", "8")])
@example([("score", "0.5"), ("owner", "d@e.f"), ("back", ""), ("score", "0.9"), ("score", "0.5")])
@example([("break", ""), ("max_depth", "9"), ("kill", ""), ("replicas", "2"), ("back", "")])
@example([("owner", "d@e.f"), ("max_depth", "9"), ("owner", "a@b.c"), ("max_depth", "8")])
@example([("max_depth", "9"), ("break", ""), ("back", ""), ("kill", ""), ("max_depth", "9")])
def test_any_story_comes_to_rest(events: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        story = Story(Shop(Path(folder) / "shop"))
        story.shop.commit(written(START))
        for name, value in [("start", ""), *events]:
            story.happen(name, value)
            check_rest(story.shop)
