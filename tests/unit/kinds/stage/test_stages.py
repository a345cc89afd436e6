"""Each stage: what it reads, runs and writes."""

from __future__ import annotations

from mlspec.kinds.stage import stages
from mlspec.spec.model import ModelSpec


def model(**training: object) -> ModelSpec:
    """A model trained in one way or the other."""
    spec = {
        "name": "wine",
        "data": {"sources": [{"name": "wine", "path": "data/wine.csv"}]},
        "training": {"target": "price"} | training,
        "evaluation": {"metrics": ["r2"]},
    }
    return ModelSpec.model_validate(spec)


ESTIMATOR = model(estimator="sklearn.linear_model.Ridge")
COMMAND = model(command="make a > b; c", deps=["src", "out/m/prepared"], outs=["work/m.skops", "work/log"])


def test_an_estimator_is_trained_by_a_step() -> None:
    validate, prepare, train, evaluate = stages(ESTIMATOR, "out/m")
    assert (validate.deps, validate.plain, validate.outs) == (("data/wine.csv",), ("out/m/validation.json",), ())
    assert prepare.deps == ("data/wine.csv", "out/m/validation.json")
    assert (train.cmd, train.outs) == ("python -m mlspec.steps train out/m/params.yaml", ("out/m/model",))
    assert evaluate.metrics == ("out/m/metrics.json",)


def test_a_command_runs_as_it_is_written_and_is_packaged() -> None:
    train, package = stages(COMMAND, "out/m")[2:4]
    assert (train.cmd, train.outs) == ("make a > b; c", ("work/m.skops", "work/log"))
    assert train.deps == ("src", "out/m/prepared")
    assert (package.deps, package.outs) == (("work/m.skops", "out/m/prepared"), ("out/m/model",))


def test_no_stage_reads_what_a_later_one_writes() -> None:
    for spec in (ESTIMATOR, COMMAND):
        written: set[str] = set()
        for stage in stages(spec, "out/m"):
            made = [dep for dep in stage.deps if dep.startswith(("out/", "work/"))]
            assert all(any(f"{dep}/".startswith(f"{out}/") for out in written) for dep in made)
            written |= {*stage.outs, *stage.plain, *stage.metrics}


def test_folders_are_quoted_for_the_shell() -> None:
    assert stages(ESTIMATOR, "a $(b) c")[0].cmd == "python -m mlspec.steps validate 'a $(b) c/params.yaml'"
