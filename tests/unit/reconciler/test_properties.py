"""Whatever is edited in whatever order: plans converge, nothing is trained twice, and plans are well formed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from fakes.shop import CONTAINERS, PLACE, REGISTRY, Shop, is_refused, is_trained
from fakes.wanted import GATES, SPEC
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mlspec.domain.actual import Running
from mlspec.domain.image import serve_digest
from mlspec.domain.plan import KNOWN_AFTER_TRAIN, Plan
from mlspec.domain.service import Service
from mlspec.errors import MlspecError
from mlspec.planner.plan import Selection, make_plan
from mlspec.planner.rollback import RollbackRequest
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.rollout import Roller
from mlspec.reconciler.world import observe

START = {"max_depth": "8", "verbose": "0", "score": "0.9", "replicas": "1", "owner": "a@b.c", "min": "0.8", "data": "1"}
START_OF_CONTAINERS = START | {"batch": "1000", "memory": "1Gi", "code": "1"}
VALUES = {
    "max_depth": ["8", "9", "8.0"],
    "verbose": ["0", "1", "2"],
    "score": ["0.9", "0.85", "0.5"],
    "replicas": ["1", "2"],
    "owner": ["a@b.c", "d@e.f"],
    "min": ["0.4", "0.8", "0.87"],
    "data": ["1", "2"],
}
EDITS = st.lists(
    st.sampled_from([f"{name}={value}" for name, values in VALUES.items() for value in values]), min_size=1, max_size=2
).map(" ".join)
EVENTS = st.one_of(EDITS, EDITS, st.sampled_from(["kill", "break", "degrade", "back", "roll back", "promote"]))
"""An edit of one or two fields in one commit; a server that dies, a rollout that will fail, a reverted commit; a person
who goes back, or promotes the newest version."""


def written(state: dict[str, str]) -> dict[str, str]:
    """The files of a project in this state."""
    params = "".join(f"    {name}: {state[name]}\n" for name in ("verbose", "score"))
    spec = SPEC.replace("    max_depth: 8\n", f"    max_depth: {state['max_depth']}\n{params}")
    spec = spec.replace("replicas: 1", f"replicas: {state['replicas']}").replace("cellar@example.com", state["owner"])
    spec = spec.replace("min: 0.8", f"min: {state['min']}")
    if "code" in state:
        serving = (
            f"serving: {{deps: [src], limits: {{batch: {state['batch']}}}, resources: {{memory: {state['memory']}}}}}"
        )
        spec = spec.replace("deploy:", f"{serving}\ndeploy:")
    code = {"src/features.py": f"x = {state['code']}\n"} if "code" in state else {}
    return code | {"specs/wine.yaml": spec, "data/wine.csv": f"alcohol,cultivar\n{state['data']},1\n"}


@dataclass
class Story:
    """A project that lives through events; `tried` are the fingerprints that were trained."""

    shop: Shop
    states: list[dict[str, str]] = field(default_factory=lambda: [dict(START)])
    tried: set[tuple[str, str]] = field(default_factory=set)

    def happen(self, event: str) -> None:
        """One event, then one run; a build or a rollout that fails may need another, for what ran before."""
        if event in {"break", "no build"}:
            failing = self.shop.runtime if event == "break" else self.shop.images
            if not failing._failures:
                failing.fail_next()
            return
        if event == "roll back":
            self._roll_back()
        elif event == "promote":
            self._promote()
        elif "=" in event or event == "back":
            before = self.states[-2] if event == "back" and len(self.states) > 1 else self.states[-1]
            self.states.append(before | dict(word.split("=") for word in event.split() if "=" in word))
            self.shop.commit(written(self.states[-1]))
        else:
            self._disturb(event)
        for _ in range(3):
            if self._apply():
                break
            _, plan = self.shop.look()
            assert "promote" not in plan.summary, "a rollout that failed is tried again"
        self.shop.runtime._failures.clear()
        self.shop.images._failures.clear()
        check_rest(self.shop)

    def _roll_back(self) -> None:
        """Where there is something to go back to, it serves, and what was left does not come back by itself."""
        before = self.shop.history.stages.get("production")
        try:
            outcomes = self.shop.apply(rollback=RollbackRequest("production", "", "asked for"))
        except MlspecError:
            return
        (target,) = {outcome.action.version for outcome in outcomes if outcome.action.action == "rollback"}
        if all(outcome.status == "done" for outcome in outcomes):
            assert self.shop.serves() == target != str(before)
            self.shop.apply()
            assert self.shop.serves() != str(before)

    def _promote(self) -> None:
        """As `mlspec promote` does it."""
        world = observe(self.shop.ports)
        if versions := world.actual.models["wine"].versions:
            roller = Roller(self.shop.ports, world, Logbook(self.shop.ports, world.head.commit))
            roller.promote("wine", "production", str(max(versions)))

    def _disturb(self, event: str) -> None:
        """What somebody else does to what runs."""
        runtime = self.shop.runtime
        if event == "forget":
            self.shop.images.forget()
        elif event == "kill":
            runtime.running.pop(PLACE, None)
        elif PLACE in runtime.running and event in {"drift", "degrade"}:
            getattr(runtime, event)(PLACE)

    def _apply(self) -> bool:
        """Plan and apply; whether nothing is left for a second run, as a held or failed step leaves something."""
        world, plan = self.shop.look()
        (model,) = world.desired.models
        check(plan)
        if is_trained(plan, "wine"):
            assert (model.train, model.evaluate) not in self.tried, "the same was trained twice"
            self.tried.add((model.train, model.evaluate))
        broken = bool(self.shop.runtime._failures or self.shop.images._failures)
        outcomes = self.shop.apply()
        statuses = {outcome.status for outcome in outcomes}
        assert statuses <= {"done", "held"} | ({"failed", "skipped"} if broken else set())
        return "failed" not in statuses and not any(
            outcome.status == "held" and outcome.action.action == "train" for outcome in outcomes
        )


def check(plan: Plan) -> None:
    """What is true of every plan."""
    ids = [action.id for action in plan.actions]
    assert len(set(ids)) == len(ids)
    for position, action in enumerate(plan.actions):
        assert set(action.depends_on) <= set(ids[:position]), "a step depends on one that is not before it"
        assert all(reason.where for reason in action.because)
        assert action.because or (action.action, action.version) == ("register", KNOWN_AFTER_TRAIN)
    assert not (is_trained(plan, "wine") and is_refused(plan, "wine"))
    assert all(held.message for held in plan.held)


def check_rest(shop: Shop) -> None:
    """What is true once nothing is left to do: production runs its stage's very bytes, as the spec has them."""
    world, plan = shop.look()
    assert plan.actions == (), "it does not come to rest"
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
    assert seen.drift == ""
    image = shop.runtime.deployments[PLACE].image
    if "image" in seen.serve:
        assert image is not None
        assert image.serve == serve_digest(model.recipe, history.versions[stage])


VALUES_OF_IMAGES = {"batch": ["1000", "7"], "memory": ["1Gi", "2Gi"], "code": ["1", "2"]}
CONTAINER_EVENTS = st.one_of(
    EVENTS,
    st.sampled_from([f"{name}={value}" for name, values in VALUES_OF_IMAGES.items() for value in values]),
    st.sampled_from(["drift", "forget", "no build"]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(CONTAINER_EVENTS, max_size=7), st.sampled_from([CONTAINERS, REGISTRY]))
@example(["batch=7", "forget", "kill", "batch=1000", "max_depth=9"], CONTAINERS)
@example(["no build", "code=2", "code=1", "forget", "kill"], REGISTRY)
@example(["drift", "replicas=2", "break", "batch=7", "back"], CONTAINERS)
@example(["break", "max_depth=9", "drift", "no build", "max_depth=8"], REGISTRY)
def test_any_story_of_containers_comes_to_rest(events: list[str], project: str) -> None:
    with TemporaryDirectory() as folder:
        story = Story(Shop(Path(folder) / "shop", project=project), [START_OF_CONTAINERS])
        story.shop.commit(written(START_OF_CONTAINERS))
        for event in ["start", *events]:
            story.happen(event)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(EVENTS, max_size=7))
@example(["verbose=1", "max_depth=9", "max_depth=8 verbose=2", "verbose=0"])
@example(["score=0.5", "owner=d@e.f", "back", "score=0.9", "score=0.5"])
@example(["break", "max_depth=9", "kill", "replicas=2", "back"])
@example(["owner=d@e.f", "max_depth=9 owner=a@b.c", "max_depth=8"])
@example(["max_depth=9", "break", "back", "kill", "max_depth=9"])
@example(["max_depth=8.0", "min=0.95", "min=0.4 score=0.5"])
@example(["max_depth=9", "roll back", "replicas=2", "kill", "promote", "roll back"])
@example(["max_depth=9", "score=0.85", "roll back", "roll back", "back", "score=0.9"])
def test_any_story_comes_to_rest(events: list[str]) -> None:
    with TemporaryDirectory() as folder:
        story = Story(Shop(Path(folder) / "shop"))
        story.shop.commit(written(START))
        for event in ["start", *events]:
            story.happen(event)


LIFE = st.one_of(
    EDITS,
    st.sampled_from(["an hour", "two days", "breach", "kill", "back", "roll back", "promote", "suspend", "resume"]),
)
POLICY = "retrain: {max_age: 1d, cooldown: 2h, max_failures: 2}\n"


@dataclass
class Life(Story):
    """A story with time and traffic in it; `bad` are versions that were sent away and nobody let back in."""

    bad: set[str] = field(default_factory=set)

    def live(self, event: str) -> None:
        """One event, then runs until nothing is left to do; what breached is not served again by itself."""
        shop, before = self.shop, self.shop.serves()
        if event in {"an hour", "two days"}:
            shop.ports.clock.time += 3600 if event == "an hour" else 2 * 86400
        elif event == "breach" and before:
            shop.ports.telemetry.services[before] = Service(before, 100, 50)
        elif event in {"suspend", "resume"}:
            words = "suspended by ada" if event == "suspend" else ""
            Logbook(shop.ports, shop.git.head).suspended("wine", words)
        elif event == "promote":
            self.bad.clear()
            self._promote()
        elif event == "roll back":
            self._go_back()
        elif event == "kill":
            self._disturb(event)
        elif event != "breach":
            old = self.states[-2] if event == "back" and len(self.states) > 1 else self.states[-1]
            self.states.append(old | dict(word.split("=") for word in event.split() if "=" in word))
            self.write()
        self.settle()

    def write(self) -> None:
        """The project in its state, with its policies."""
        files = written(self.states[-1])
        bake = "bake: {for: 10m, max_error_rate: 0.01}\n    replicas:"
        files["specs/wine.yaml"] = files["specs/wine.yaml"].replace("replicas:", bake) + POLICY
        self.shop.commit(files)

    def settle(self) -> None:
        """At most four runs: what is due, what that breaches, the way back, and what a held training leaves."""
        for _ in range(4):
            world, plan = self.shop.look()
            check(plan)
            sent = [action for action in plan.actions if action.action == "rollback"]
            self.bad |= {str(action.because[0].old) for action in sent}
            if world.actual.models["wine"].suspended if "wine" in world.actual.models else False:
                assert {action.model for action in plan.actions} <= {""}
            if not plan.actions:
                break
            self.shop.apply()
        world, plan = self.shop.look()
        assert plan.actions == (), "it does not come to rest"
        held = {reason.reason for reason in plan.held}
        if self.shop.serves() in self.bad:
            assert held & {"SloBreached", "Suspended"}, "what was sent away came back by itself"

    def _go_back(self) -> None:
        before = self.shop.serves()
        try:
            self.shop.apply(rollback=RollbackRequest("production", "", "asked for"))
        except MlspecError:
            return
        assert self.shop.serves() != before or not before
        self.bad.add(before)
        self.bad.discard(self.shop.serves())


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(LIFE, max_size=8))
@example(["max_depth=9", "breach", "an hour", "two days", "promote", "breach"])
@example(["max_depth=9", "roll back", "two days", "max_depth=8", "max_depth=9", "promote"])
@example(["breach", "max_depth=9", "breach", "data=2", "two days", "breach", "roll back"])
@example(["max_depth=9", "suspend", "breach", "kill", "two days", "resume", "score=0.5", "two days"])
def test_any_life_comes_to_rest(events: list[str]) -> None:
    with TemporaryDirectory() as folder:
        life = Life(Shop(Path(folder) / "shop"))
        life.write()
        life.settle()
        for event in events:
            life.live(event)
