"""Rules for `features:` one of two ways, and fields that go with it."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.spec.features import Features, FeaturesDocument, FeaturesSpec, SharedFeatures
from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, Path
from mlspec.spec.rules.sources import check_sources

_AT: Path = ("features",)
_ONE = "join the tables in one file, or by a `features.command` that reads them"


def check_features(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of the model's features, and of sources that nothing joins."""
    features = spec.features
    if features is not None and features.from_ is not None:
        yield from _alone(features)
        return
    if not spec.data.sources:
        yield Fault(
            ("data",), "`sources` is missing in `data`", "name a table, such as {name: wine, path: data/wine.csv}"
        )
    if features is not None:
        yield from check_way(features, _AT)
        yield from _columns(spec, features)
        if features.function is not None and spec.serving.entrypoint is not None:
            message = "only mlspec's own server applies a features function, and this model has an `entrypoint`"
            yield Fault((*_AT, "function"), message, "use `command`, or apply it in your server")
    if len(spec.data.sources) > 1 and (features is None or features.command is None):
        yield Fault(("data", "sources", 1), "a model is trained on one table, and here are several", _ONE)


def check_document(document: FeaturesDocument) -> Iterator[Fault]:
    """Faults of features that models share."""
    yield from check_way(document, ())
    yield from check_sources(document.sources, ("sources",))
    if document.function is not None and document.sources:
        hint = "each model that uses it has a source of its own"
        yield Fault(("sources",), "`sources` does not go with `function`", hint)


def check_shared(spec: ModelSpec) -> Iterator[Fault]:
    """Faults of a model whose features are those of a document."""
    features, at = spec.features, ("data", "sources")
    if not isinstance(features, SharedFeatures):
        return
    if features.command is not None and spec.data.sources:
        yield Fault(at, f"the table comes from the features `{features.from_}`", "remove `sources`: it has its own")
    if features.function is not None:
        yield from _columns(spec, features)
        if len(spec.data.sources) != 1:
            found = (
                f"the features `{features.from_}` are a function of one source, and here are {len(spec.data.sources)}"
            )
            yield Fault(at, found, "name the table that it is applied to")


def _alone(features: FeaturesSpec) -> Iterator[Fault]:
    for field in sorted(features.model_fields_set - {"from_"}):
        yield Fault((*_AT, field), f"`{field}` does not go with `from`", "write it in the document")


def check_way(features: Features, at: Path) -> Iterator[Fault]:
    """Either a command with its outs, or a function."""
    if (features.command is None) == (features.function is None):
        yield Fault(at, "features need either `command` or `function`")
    elif features.command is not None:
        yield from _unfit(features, at, ("inputs",), "command")
        yield from _table(features, at)
    else:
        yield from _unfit(features, at, ("deps", "outs"), "function")


def _unfit(features: Features, at: Path, fields: tuple[str, ...], way: str) -> Iterator[Fault]:
    for field in fields:
        if getattr(features, field):
            hint = "what it imports is found by itself" if field == "deps" else "remove it"
            yield Fault((*at, field), f"`{field}` does not go with `{way}`", hint)


def _table(features: Features, at: Path) -> Iterator[Fault]:
    if not features.outs:
        yield Fault(at, "`outs` is missing: the table that the command writes", "such as `models/NAME/features.csv`")
    elif not features.outs[0].lower().endswith(".csv"):
        yield Fault((*at, "outs", 0), "the first of `outs` is the table to train on: a CSV file")
    for index, out in enumerate(features.outs):
        if out in features.outs[:index]:
            yield Fault((*at, "outs", index), f"`{out}` is here twice", "keep one of them")


def _columns(spec: ModelSpec, features: FeaturesSpec) -> Iterator[Fault]:
    for index, column in enumerate(features.inputs or ()):
        if column == spec.training.target:
            hint = "a request has no such column"
            yield Fault((*_AT, "inputs", index), f"`{column}` is the target and can't be in `inputs`", hint)
