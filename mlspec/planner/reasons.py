"""Why a model is to be trained: the difference between a record's inputs and those that are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from mlspec.domain.desired import Blueprint, DesiredModel
from mlspec.domain.digest import JSON, canonical, short
from mlspec.domain.reason import FORMAT, USUAL_FORMAT, Reason, ReasonKind
from mlspec.domain.record import VersionRecord
from mlspec.kinds.gate import GateKind
from mlspec.kinds.registry import discover
from mlspec.planner.judge import measuring, unjudged, unmeasured
from mlspec.planner.profiles import lacks_profile
from mlspec.planner.rulings import ruling_reasons
from mlspec.planner.standing import standing

_FILES: Final = frozenset({ReasonKind.DATA_CHANGED, ReasonKind.CODE_CHANGED, ReasonKind.ENVIRONMENT_CHANGED})
"""What is known by the paths of files"""
_FIELDS: Final = frozenset({ReasonKind.SPEC_CHANGED, ReasonKind.PARAM_CHANGED})
"""What is known by the dotted names of the spec's fields"""
_SCHEMES: Final = frozenset({"ast", "bytes", "git", "md5", "sha256", "etag", "checksum"})
"""How digests of contents begin"""
RENAMED_FILE: Final = "renamed file"
"""The subject of an input that has another path and nothing else new"""
_MANY: Final = 4
"""Fields of a section that is gone from which on they are told as one"""
_ORDER = {kind: position for position, kind in enumerate(ReasonKind)}


def training_reasons(desired: DesiredModel, last: VersionRecord | None) -> tuple[Reason, ...]:
    """What differs from the last version, or that there is none; data first, then code, then params."""
    blueprint = desired.blueprint
    if last is None:
        return (Reason(ReasonKind.NEVER_TRAINED, blueprint.name, where=blueprint.where(blueprint.line)),)
    reasons = [*_folded(desired, _inputs(desired, last)), *_evaluation(desired, last), *_profile(desired, last)]
    return tuple(sorted(reasons, key=lambda reason: (_ORDER[reason.kind], reason.subject)))


def _inputs(desired: DesiredModel, last: VersionRecord) -> Iterator[Reason]:
    lock, moved = desired.blueprint.lock, _moved(desired, last)
    for before, after in moved.items():
        yield Reason(desired.sources[after][0], RENAMED_FILE, before, after, desired.where(after))
    for name in sorted({*desired.inputs, *last.inputs} - {*moved, *moved.values()}):
        old, new = last.inputs.get(name), desired.inputs.get(name)
        # By spelling, as the digest sees it: to Python, 1 and 1.0 and True are equal.
        if canonical(old) == canonical(new) and (name in last.inputs) == (name in desired.inputs):
            continue
        kind, where = _source(desired, last, name)
        if name == FORMAT:  # the usual one is not named
            old, new = old or USUAL_FORMAT, new or USUAL_FORMAT
        if lock is not None and name == lock.path and last.packages:
            yield from _packages(last.packages, desired.packages, where)
        else:
            yield Reason(kind, name, _shown(old), _shown(new), where)


def _moved(desired: DesiredModel, last: VersionRecord) -> dict[str, str]:
    """Old path → new path of files whose content is the same: the path is an input, and all that changed."""
    gone: dict[str, list[str]] = {}
    for name in sorted(last.inputs.keys() - desired.inputs.keys(), reverse=True):
        if str(last.inputs[name]).partition(":")[0] in _SCHEMES:
            gone.setdefault(str(last.inputs[name]), []).append(name)
    found = {}
    for name in sorted(desired.inputs.keys() - last.inputs.keys()):
        if desired.sources[name][0] in _FILES and (names := gone.get(str(desired.inputs[name]))):
            found[names.pop()] = name
    return found


def _folded(desired: DesiredModel, found: Iterable[Reason]) -> Iterator[Reason]:
    """Of a section of the spec that is gone as a whole, one reason in place of one for each of its fields."""
    parents: dict[str, list[Reason]] = {}
    for reason in found:
        gone = reason.new is None and reason.subject not in desired.sources and reason.kind in _FIELDS
        parents.setdefault(_section(desired.blueprint, reason.subject) if gone else "", []).append(reason)
    yield from parents.pop("", ())
    for section, reasons in parents.items():
        few = len(reasons) < _MANY
        yield from reasons if few else (replace(reasons[0], subject=section, old=f"{len(reasons)} fields"),)


def _section(blueprint: Blueprint, name: str) -> str:
    """The widest part of the spec around a name, below its first level, of which nothing stands any more."""
    parts, names = name.split("."), [subject.name for subject in (*blueprint.subjects, *blueprint.evaluate)]
    for count in range(2, len(parts)):
        section = ".".join(parts[:count])
        if not any(other == section or other.startswith(f"{section}.") for other in names):
            return section
    return name


def _packages(old: Mapping[str, str], new: Mapping[str, str], where: str) -> Iterator[Reason]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield Reason(ReasonKind.ENVIRONMENT_CHANGED, name, old.get(name), new.get(name), where)


def _evaluation(desired: DesiredModel, last: VersionRecord) -> Iterator[Reason]:
    """What a version has to be measured again for: other rules for the data, other metrics, or a new gate."""
    if desired.evaluate == last.evaluate or desired.train != last.train:
        return
    blueprint, kind = desired.blueprint, ReasonKind.EVALUATION_CHANGED
    lines = {subject.name: subject.line for subject in blueprint.evaluate}
    yield from ruling_reasons(blueprint, last)
    if not set(blueprint.metrics) <= set(last.metrics):
        known = [name for name in blueprint.metrics if name in last.metrics]
        # A record has them sorted: in the order of the spec, only what differs looks different.
        old = known + sorted(set(last.metrics) - {"model_size", *known})
        where = blueprint.where(lines["evaluation.metrics"])
        yield Reason(kind, "evaluation.metrics", old, list(blueprint.metrics), where)
    for name in unmeasured(blueprint, last):
        before, after = last.measuring.get(name), measuring(blueprint)[name]
        yield Reason(kind, name, _shown(before), _shown(after), blueprint.where(lines[name]))
    for gate in unjudged(blueprint, discover("mlspec.kinds.gate", GateKind), last):
        yield Reason(kind, f"the gate {gate.words}", where=blueprint.where(gate.line))


def _profile(desired: DesiredModel, last: VersionRecord) -> Iterator[Reason]:
    """A summary of the training data that is not there yet, or not as fine as it is wanted: no training."""
    blueprint = desired.blueprint
    if desired.train == last.train and blueprint.monitoring is not None and lacks_profile(blueprint, last):
        subject = "monitoring.profile" if last.profile else "monitoring"
        yield Reason(ReasonKind.MONITORING_CHANGED, subject, where=blueprint.where(blueprint.monitoring.line))


def _source(desired: DesiredModel, last: VersionRecord, name: str) -> tuple[ReasonKind, str]:
    """What kind of change it is, and where to look; for what is gone, the nearest line that still stands."""
    blueprint = desired.blueprint
    if found := desired.sources.get(name):
        return found[0], desired.where(name)
    kind = _kind_of_removed(desired, last, name)
    if kind in _FILES:
        alike = [(line, other) for other, (known, line) in desired.sources.items() if known is kind]
        return kind, desired.where(min(alike)[1]) if alike else blueprint.where(blueprint.line)
    return kind, standing(blueprint, name)


def _kind_of_removed(desired: DesiredModel, last: VersionRecord, name: str) -> ReasonKind:
    """A subject that the spec no longer has tells its kind by its name and by the digest's form."""
    if name == FORMAT or name.startswith(("training.params.", "training.search.")):
        return ReasonKind.FORMAT_CHANGED if name == FORMAT else ReasonKind.PARAM_CHANGED
    match str(last.inputs[name]).partition(":")[0]:
        case "ast" | "bytes":
            return ReasonKind.CODE_CHANGED
        case "sha256":  # only a lock is known by the digest of what was read out of it
            return ReasonKind.ENVIRONMENT_CHANGED
        case "git" if not _has_new_data(desired, last):
            return ReasonKind.CODE_CHANGED
        case "git" | "md5" | "etag" | "checksum":
            return ReasonKind.DATA_CHANGED
        case _:
            return ReasonKind.SPEC_CHANGED


def _has_new_data(desired: DesiredModel, last: VersionRecord) -> bool:
    """Whether a source stands in the place of what is gone; else that was a file which the command read."""
    data = (name for name, (kind, _) in desired.sources.items() if kind is ReasonKind.DATA_CHANGED)
    return any(name not in last.inputs for name in data)


def _shown(value: JSON) -> JSON:
    """Digests are cut for people; values stand as they are."""
    if isinstance(value, str):
        scheme, colon, rest = value.partition(":")
        if colon and scheme in _SCHEMES:
            return short(rest, 8)
    return value
