"""The export step: the fitted model as the file that is served, where the spec wants another format than skops'."""

from __future__ import annotations

import shutil
from pathlib import Path

from mlspec.steps.files import write_json
from mlspec.steps.models import MODEL, ONNX, REFUSED, SIGNATURE, lacks, load_model
from mlspec.steps.params import Params
from mlspec.steps.signature import read_signature


def run(params: Params) -> None:
    """Write the bundle that is served; a model that can't be converted leaves the reason, which a gate will tell.

    MlspecError where what converts is not installed.
    """
    try:
        # onnx and skl2onnx are extras
        from mlspec.steps.onnx.convert import Unconvertible, convert  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise lacks(error) from error
    source, target = params.folder / "model", params.bundle
    signature = read_signature(source / SIGNATURE)
    _copy_rest(source, target)
    try:
        content = convert(load_model(source / MODEL, params.training.trust), signature)
    except Unconvertible as error:
        write_json(target / REFUSED, {"because": str(error)})
    else:
        (target / ONNX).write_bytes(content)


def _copy_rest(source: Path, target: Path) -> None:
    """Signature and features function, as they are."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=lambda folder, _: [MODEL] if Path(folder) == source else [])
