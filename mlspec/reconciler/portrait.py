"""All that is known of one version: its record, and the specs that it was made by and that speak for it now."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from mlspec.domain.record import VersionRecord
from mlspec.errors import MlspecError
from mlspec.reconciler.past import PastFiles
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.verifying import find_version
from mlspec.spec.load import LoadedModel
from mlspec.spec.model import ModelSpec


@dataclass(frozen=True, slots=True)
class Portrait:
    """A version. `made`: the spec at its commit; `today`: the present one, or that where the model has none now."""

    record: VersionRecord
    commit: str
    made: ModelSpec
    today: ModelSpec
    lock: str
    """the text of its environment's lock; empty where it has none"""


def portrait(ports: Ports, model: str, version: str) -> Portrait:
    """A registered version, the newest where none is named; MlspecError where there is none."""
    tag, record = find_version(ports, model, version)
    _, blobs = ports.git.tree(tag.commit)
    past = replace(ports.specs, files=PastFiles(ports, dict(blobs)))
    today = None
    with suppress(MlspecError):
        today = _of(ports.specs.load(ports.git.snapshot().blobs).models, model)
    then = past.load(blobs).models
    made = _of(then, model) or _of(then, today.was if today else None)  # it may have had its old name then
    if made is None:
        raise MlspecError(f"the version's commit has no spec of `{model}`", hint="was the tag moved?")
    blob = blobs.get(made.training.environment.lock or "")
    lock = ports.git.read([blob])[blob].decode(errors="replace") if blob else ""
    return Portrait(record, tag.commit, made, today or made, lock)


def _of(models: tuple[LoadedModel, ...], name: str | None) -> ModelSpec | None:
    return next((item.spec for item in models if item.spec.name == name), None)
