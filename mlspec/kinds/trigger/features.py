"""Features: the step between the data and the training, its code and what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.digest import JSON
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.registry import discover
from mlspec.kinds.source import SourceKind
from mlspec.kinds.trigger import Lines, TriggerKind
from mlspec.kinds.trigger.code import entries
from mlspec.spec.features import FeaturesSpec, SharedFeatures
from mlspec.spec.model import ModelSpec

_CODE: Final = ReasonKind.CODE_CHANGED


class FeaturesTrigger:
    """`features.command` with its deps, or `features.function` with the modules that it is made of."""

    name = "features"

    def inputs(self, spec: ModelSpec, line: Lines) -> Iterable[Subject | FileRef]:
        """See TriggerKind; what stands in a shared document says so."""
        features = spec.features
        if features is None:
            return
        yield from _stated(features, line)
        if isinstance(features, SharedFeatures):
            yield from _sources(features, line)


def _stated(features: FeaturesSpec, line: Lines) -> Iterator[Subject | FileRef]:
    origin = features.origin if isinstance(features, SharedFeatures) else ""
    yield from (replace(item, origin=origin) for item in _subjects(features, line))
    yield from (replace(item, origin=origin) for item in _files(features, line))


def _subjects(features: FeaturesSpec, line: Lines) -> Iterator[Subject]:
    fields: dict[str, JSON] = {
        "command": features.command,
        "function": features.function,
        "inputs": list(features.inputs or ()),
        "outs": list(features.outs),
    }
    for name, value in fields.items():
        if value:
            yield Subject(f"features.{name}", ReasonKind.SPEC_CHANGED, value, line("features", name))


def _sources(features: SharedFeatures, line: Lines) -> Iterator[Subject | FileRef]:
    for index, source in enumerate(features.sources):
        for kind in discover("mlspec.kinds.source", SourceKind).values():
            for item in kind.inputs(source, line("features", "sources", index)):
                yield replace(item, origin=features.origin)


def _files(features: FeaturesSpec, line: Lines) -> Iterator[FileRef]:
    for index, path in enumerate(features.deps):
        yield FileRef(path, _CODE, line("features", "deps", index), follow=True)
    for path, module in entries(features.command or ""):
        if path not in features.deps:
            yield FileRef(path, _CODE, line("features", "command"), follow=True, optional=module)
    if features.function is not None:
        base = features.function.partition(":")[0].replace(".", "/")
        for path in (f"{root}{base}{end}" for root in ("", "src/") for end in (".py", "/__init__.py")):
            yield FileRef(path, _CODE, line("features", "function"), follow=True, optional=True)


KIND: Final[TriggerKind] = FeaturesTrigger()
