"""Training one model: run its stages, judge it, commit it, or put everything back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from mlspec.domain.desired import Blueprint, DesiredModel
from mlspec.domain.plan import Action, ActionKind, Plan
from mlspec.domain.reason import AFTERWARDS, ONCE_MORE, ReasonKind
from mlspec.domain.record import ArtefactFile
from mlspec.errors import MlspecError
from mlspec.kinds.stage.evaluate import PLOTS, plot_file
from mlspec.ports.pipeline import StageRun
from mlspec.reconciler.intact import TAINTED, TRAINED, Planned
from mlspec.reconciler.judging import Trained
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.progress import Progress, marker
from mlspec.reconciler.provision import provide
from mlspec.reconciler.report import Report
from mlspec.reconciler.runner import Runner
from mlspec.reconciler.sharing import is_awaited, run_shared, shared_paths, undo_shared
from mlspec.reconciler.world import World

_PRODUCED = ("dvc.lock", "version.json")
_AT_TIMES = ("split.json", "search.json", "trials.csv", *map(plot_file, PLOTS))
"""Kept while the spec asks for what they tell, and gone with that."""


_UNSEEN: Final = ("features", "transform", "train")
"""The stages that run code of the user's own."""


def owned_paths(blueprint: Blueprint) -> list[str]:
    """The files of a model that mlspec commits: generated ones and what the stages leave in git."""
    own = {f"{blueprint.folder}/{name}" for name in (*_PRODUCED, *_AT_TIMES)}
    return sorted({*blueprint.generated, *blueprint.kept, *own, *shared_paths(blueprint)})


def run_stages(planned: Planned, action: Action, report: Report, spare: int = 1) -> list[StageRun]:
    """Run the model's stages one by one. StageFailed, MlspecError; what they left behind is the caller's to undo.

    `spare`: how many trials of a search may run at a time.
    """
    ports, model = planned.ports, planned.model
    runner = Runner(ports, model, report, spare, provide(ports, model, report))
    run, progress = runner.run, Progress(ports.files, model)
    progress.begin()
    stages = model.blueprint.stages
    making, judging = stages[: stages.index("evaluate")], stages[stages.index("evaluate") :]
    must = any(reason.kind not in AFTERWARDS for reason in action.because)
    again = any(reason.kind in ONCE_MORE for reason in action.because)
    hint = ports.cache.get_many(TRAINED, [model.train]).get(model.train)
    known = None if again else hint
    # What was made of other code may lie in DVC's run cache as if it were of this.
    forced = {*_UNSEEN} if hint == TAINTED else _forced(action)
    shared = run_shared(planned, runner, unseen="features" in forced)
    runs = []
    for stage in making:
        # A training that is known may have been undone since, and its features with it; its model is compared below.
        done = known if stage == "train" else stage in progress.made
        force = must and stage in forced and not done
        runs.append(run(stage, force=force))
        if force and stage != "train":
            planned.refuse_altered()
            progress.done(stage)
    if must and known and not runs[stages.index("train")].ran and _md5s(ports, model) != known:
        # DVC skips what changed without its knowing (an import, a package) and then has the model of another code.
        runs = [run(stage, force=stage in forced) for stage in making]
    if runs[stages.index("train")].ran:
        planned.refuse_altered()
    ports.cache.put_many(TRAINED, {model.train: _md5s(ports, model)})
    # What a command of the user's own imports, DVC does not know either.
    own = any(subject.name == "evaluation.command" for subject in model.blueprint.evaluate)
    return [*shared, *runs, *(run(stage, force=own and stage == "evaluate") for stage in judging)]


def _forced(action: Action) -> set[str]:
    """The stages that run code of the user's own: features are made anew where code or packages changed.

    So are the first ones: a training that was undone may have left others in DVC's run cache.
    """
    unseen = {ReasonKind.CODE_CHANGED, ReasonKind.ENVIRONMENT_CHANGED, ReasonKind.NEVER_TRAINED}
    return {*_UNSEEN} if any(reason.kind in unseen for reason in action.because) else {"train"}


def _md5s(ports: Ports, model: DesiredModel) -> list[str]:
    return [file.md5 for file in _artefact(ports, model.blueprint)]


def _artefact(ports: Ports, blueprint: Blueprint) -> tuple[ArtefactFile, ...]:
    return ports.pipeline.outputs(blueprint.bundle)


def commit_candidate(planned: Planned, trained: Trained, base: str) -> str | None:
    """Push data and outputs to the data remote, then commit the record with all owned files; the commit, if any.

    `base`: the commit that is known to hold what the candidate was made of.
    """
    ports, model = planned.ports, planned.model
    blueprint = model.blueprint
    for path, value in model.inputs.items():
        if str(value).startswith("md5:"):
            ports.pipeline.push(f"{path}.dvc")
    for folder in (blueprint.folder, blueprint.shared.folder if blueprint.shared else ""):
        if folder:
            ports.pipeline.push(f"{folder}/dvc.yaml")
    ports.files.write(f"{blueprint.folder}/version.json", (trained.record.to_json() + "\n").encode())
    for path in (f"{blueprint.folder}/{name}" for name in _AT_TIMES):
        if path not in blueprint.kept:
            ports.files.remove(path)
    what = "same bytes as" if trained.known else "train"
    message = f"mlspec: {what} {blueprint.name} {trained.record.version}"
    done = planned.commit(base, owned_paths(blueprint), message)
    ports.files.remove(marker(blueprint.name))
    return done


def undo(ports: Ports, blueprint: Blueprint, others: Iterable[Blueprint] = ()) -> None:
    """Put the model's files and outputs back to HEAD: a candidate that failed leaves no trace in the tree.

    What it shares with `others`, which still train, is left to them.
    """
    shared, paths = blueprint.shared, owned_paths(blueprint)
    if shared is not None and shared.folder and is_awaited(blueprint, others):
        paths, shared = [path for path in paths if not path.startswith(f"{shared.folder}/")], None
    ports.writer.restore(paths)
    if shared is not None and shared.folder:
        undo_shared(ports, shared)
    for path in _visible_outputs(ports, blueprint):
        ports.files.remove(path)
    # Outputs can be had again by running the stages; why this is undone matters more than an error here.
    with suppress(MlspecError):
        ports.pipeline.checkout(f"{blueprint.folder}/dvc.yaml")
    ports.files.remove(marker(blueprint.name))


def _visible_outputs(ports: Ports, blueprint: Blueprint) -> list[str]:
    """Those that HEAD's .gitignore knows nothing of, if there is one: git would see them, and `git add -A` take them.

    After a first training that is all of them, else those of stages that the spec has anew.
    """
    outputs = _outputs(blueprint)
    if ports.files.read(f"{blueprint.folder}/.gitignore") is None:
        return outputs
    visible = sorted({*outputs} - ports.git.ignored(outputs))
    blobs = ports.git.tree("HEAD")[1] if visible else {}
    return [path for path in visible if not any(each == path or each.startswith(f"{path}/") for each in blobs)]


def _outputs(blueprint: Blueprint) -> list[str]:
    """What the stages leave in the model's folder and DVC keeps."""
    own = [path for path in blueprint.outs if path.startswith(f"{blueprint.folder}/")]
    return [
        *(f"{blueprint.folder}/{name}" for name in ("features", "prepared", "model", "profile.json")),
        blueprint.bundle,
        *own,
    ]


def undo_killed(ports: Ports, world: World, plan: Plan) -> Iterator[str]:
    """Undo what killed trainings left of models that are not to be trained any more; their names."""
    training = {action.model for action in plan.actions if action.action is ActionKind.TRAIN}
    for model in world.desired.models:
        if model.name in training or ports.files.read(marker(model.name)) is None:
            continue
        if world.actual.edited.isdisjoint(owned_paths(model.blueprint)):
            ports.pipeline.repair({})
            undo(ports, model.blueprint, [other.blueprint for other in world.desired.models if other.name in training])
            yield model.name
