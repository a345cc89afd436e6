"""The evaluate step: the model's metrics on prepared/test.csv, and what else the spec asks for, in metrics.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlspec.steps.agreement import check_agreement
from mlspec.steps.baseline import train_baseline
from mlspec.steps.bootstrap import bounds_of
from mlspec.steps.evaluation import Checks
from mlspec.steps.files import write_json
from mlspec.steps.measured import measure_by_command
from mlspec.steps.models import SIGNATURE, bundle_size
from mlspec.steps.other import rows_of_other
from mlspec.steps.params import Params
from mlspec.steps.scores import measure
from mlspec.steps.skew import check_skew
from mlspec.steps.slices import measure_slices
from mlspec.steps.testing import Bundle, TestRows, candidate_folder, load_rows, open_bundle, open_candidate
from mlspec.steps.trial import Trial

Found = dict[str, Any]


def run(params: Params) -> None:
    """Write metrics.json; MlspecError where a metric can't be measured."""
    write_json(params.folder / "metrics.json", evaluate(params))


def evaluate(params: Params) -> Found:
    """The model's metrics and size; slices, bounds and the baseline's own where the spec asks for them."""
    if params.evaluation.command is not None:
        if params.features is not None and (params.bundle / SIGNATURE).exists():
            check_skew(params, params.bundle)
        return _by_command(params, candidate_folder(params)) | _if_any("agreement", check_agreement(params))
    bundle = open_candidate(params)
    check_skew(params, bundle.folder)
    rows = load_rows(params, bundle.signature)
    trial = rows.trial(bundle)
    found = _measured(params, bundle, rows, trial) | {"model_size": bundle_size(bundle.folder)}
    found |= _if_any("agreement", check_agreement(params))
    found |= _if_any("bounds", bounds_of(params.evaluation.confidence, trial))
    if params.evaluation.plots:
        # curves need parts of scikit-learn that take long to import
        from mlspec.steps.plots import write_plots  # noqa: PLC0415

        write_plots(params.folder, params.evaluation.plots, trial)
    if params.evaluation.baseline is not None:
        simpler = train_baseline(params, bundle.signature)
        found["baseline"] = _beside(params, simpler, bundle, rows)
    if params.evaluation.checks != Checks():
        # what they need of training is imported where it is wanted
        from mlspec.steps.training_checks import run_checks  # noqa: PLC0415

        found |= _if_any("checks", run_checks(params, bundle))
    return found


def compare(params: Params, folder: Path) -> Found:
    """The same of another version's bundle on these test rows, with the bounds of the difference to it."""
    if params.evaluation.command is not None:
        return _by_command(params, folder)
    other = open_bundle(params, folder)
    rows = rows_of_other(params, other)
    found = _measured(params, other, rows, rows.trial(other)) | {"model_size": bundle_size(folder)}
    if params.evaluation.confidence:
        ours = open_candidate(params)
        trial = load_rows(params, ours.signature).trial(ours)
        found |= _if_any("bounds", bounds_of(params.evaluation.confidence, trial, rows.trial(other)))
    return found


def _by_command(params: Params, folder: Path) -> Found:
    return measure_by_command(params, folder) | {"model_size": bundle_size(folder)}


def _beside(params: Params, simpler: Any, bundle: Bundle, rows: TestRows) -> Found:
    """The baseline's metrics, with the bounds of the difference to it."""
    theirs = Trial(simpler, rows.matrix, rows.truth)
    found = _measured(params, bundle, rows, theirs)
    bounds = bounds_of(params.evaluation.confidence, rows.trial(bundle), theirs)
    return found | _if_any("bounds", bounds)


def _measured(params: Params, bundle: Bundle, rows: TestRows, trial: Trial) -> Found:
    names = [name for name in params.evaluation.metrics if name != "model_size"]
    found: Found = {name: measure(name, trial, bundle.signature.task) for name in names}
    slices = measure_slices(params.evaluation.slices, names, trial, rows.table, rows.path)
    return found | _if_any("slices", slices)


def _if_any(name: str, value: dict[str, Any]) -> Found:
    return {name: value} if value else {}
