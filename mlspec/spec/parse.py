"""One file → one spec, with the problems that show without any other file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from mlspec.domain.digest import JSON
from mlspec.spec.check import LoadedFeatures, LoadedModel
from mlspec.spec.explain import explain
from mlspec.spec.features import FeaturesDocument
from mlspec.spec.migrations import API_VERSION, check_version
from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Fault, Path, Positions, Problem, Source, one_of, place, shown, suggest
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules import check_features_document, check_model, check_project
from mlspec.spec.shape import shape_of
from mlspec.spec.sift import Sieve, describe, pick, suggested
from mlspec.spec.yaml import Document, read

Spec = ModelSpec | ProjectSpec | FeaturesDocument

KINDS: Final[dict[str, type[Spec]]] = {"Model": ModelSpec, "Project": ProjectSpec, "Features": FeaturesDocument}


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One file as far as it could be read. `kind` is one of KINDS or empty; at most one spec is there."""

    path: str
    kind: str
    spec: Spec | None
    positions: Positions
    problems: tuple[Problem, ...]

    @property
    def model(self) -> LoadedModel | None:
        """The model, where the file holds one that could be read."""
        return LoadedModel(self.spec, self.path, self.positions) if isinstance(self.spec, ModelSpec) else None

    @property
    def features(self) -> LoadedFeatures | None:
        """The shared features, where the file holds some that could be read."""
        return LoadedFeatures(self.spec, self.path, self.positions) if isinstance(self.spec, FeaturesDocument) else None

    @property
    def project(self) -> ProjectSpec | None:
        """The project, where the file holds one that could be read."""
        return self.spec if isinstance(self.spec, ProjectSpec) else None


def load_one(path: str, content: bytes) -> LoadedFile:
    """Read one file, by itself: the result depends on nothing else and can be kept by the content's digest."""
    document = read(path, content)
    kind, faults = _kind(document)
    spec: Spec | None = None
    if kind and not faults:
        spec, faults = _build(document, KINDS[kind])
    found = place(Source(path, document.positions), faults)
    return LoadedFile(path, kind, spec, document.positions, tuple(sorted({*document.problems, *found})))


def _kind(document: Document) -> tuple[str, list[Fault]]:
    """The document's kind, and what is wrong with its head: nothing more can be said of such a file."""
    value = document.value
    if not document.readable:
        return "", []
    if not isinstance(value, Mapping):
        return "", [Fault((), f"expected a mapping of fields, found {describe(value)}", "see `mlspec schema`")]
    faults = [*_head(value)]
    kind = value.get("kind")
    return (kind if isinstance(kind, str) and kind in KINDS else ""), faults


def _head(value: Mapping[str, JSON]) -> Iterator[Fault]:
    kind = value.get("kind")
    if "apiVersion" not in value:
        yield Fault((), "`apiVersion` is missing", f"start the file with `apiVersion: {API_VERSION}`")
    elif fault := check_version(value["apiVersion"]):
        yield fault
    if "kind" not in value:
        yield Fault((), "`kind` is missing", "add `kind: Model` or `kind: Project`")
    elif not isinstance(kind, str):
        yield Fault(("kind",), f"`kind`: expected {one_of(KINDS)}, found {describe(kind)}")
    elif kind not in KINDS:
        hint = suggest(kind.title(), KINDS) or f"known are {one_of(KINDS)}"
        yield Fault(("kind",), f"unknown kind `{shown(kind)}`", hint)


def _build(document: Document, section: type[Spec]) -> tuple[Spec | None, list[Fault]]:
    """The spec, or None where fields are missing or wrong; the rules are then tried on what is left of it."""
    sieve = Sieve(shape_of(section))
    kept: Any = sieve.keep(document.value, sieve.root)
    faults = sieve.faults
    try:
        spec = section.model_validate(kept)
    except ValidationError as error:
        faults += _fresh(explain(error, document.value, section), faults, document.broken)
        return None, faults + _own(_salvage(kept, error, section), faults, document.broken)
    return spec, faults + _own(spec, faults, document.broken)


def _own(spec: Spec | None, known: list[Fault], broken: Iterable[Path]) -> list[Fault]:
    """What the rules say, but for what follows from a fault inside the place that they complain of."""
    match spec:
        case None:
            return []
        case ModelSpec():
            found = check_model(spec)
        case ProjectSpec():
            found = check_project(spec)
        case FeaturesDocument():
            found = check_features_document(spec)
    told = {fault.at[:length] for fault in known for length in range(len(fault.at) + 1)}
    told |= {at[:length] for at in broken for length in range(len(at) + 1)}
    return [fault for fault in found if fault.at not in told]


def _salvage(kept: Any, error: ValidationError, section: type[Spec]) -> Spec | None:
    """The spec without its wrong fields, if it can do without them."""
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        *parents, last = (part for part in item["loc"] if part != "[key]")
        holder: Any = pick(kept, parents)
        if isinstance(holder, dict):
            holder.pop(last, None)
    try:
        return section.model_validate(kept)
    except ValidationError:
        return None


def _fresh(faults: Iterable[Fault], known: list[Fault], broken: Iterable[Path]) -> list[Fault]:
    """Without those that only follow from a value that could not be read, or from a field already complained of."""
    unread = set(broken)
    return [fault for fault in faults if fault.at not in unread and not _follows(fault, known)]


def _follows(fault: Fault, known: list[Fault]) -> bool:
    """Whether a missing field was told before: misspelt, or replaced by one that waits for a later version."""
    if not fault.missing:
        return False
    beside = [other for other in known if other.at[:-1] == fault.at]
    return any(other.waits or suggested(other, fault.missing) for other in beside)
