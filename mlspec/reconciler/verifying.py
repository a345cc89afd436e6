"""Proving a version: its record against the repository, its files against the record, and a training against both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Final

from mlspec.compiler.resolve import resolve
from mlspec.domain.desired import Blueprint, DesiredModel
from mlspec.domain.digest import JSON, digest
from mlspec.domain.evidence import parted
from mlspec.domain.reason import ReasonKind
from mlspec.domain.record import ArtefactFile, VersionRecord
from mlspec.domain.version import Version
from mlspec.errors import IntegrityError, MlspecError, StageFailed
from mlspec.ports.git import Tag
from mlspec.reconciler.lockfiles import locked_output, other_data
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.proof import READ_BY, Finding, Proof
from mlspec.reconciler.provision import provide
from mlspec.reconciler.report import Report
from mlspec.reconciler.runner import Runner
from mlspec.reconciler.tags import read_tags

_WORDS: Final = {
    ReasonKind.DATA_CHANGED: "data",
    ReasonKind.CODE_CHANGED: "code",
    ReasonKind.ENVIRONMENT_CHANGED: "environment",
}
_NONE: Final = "nothing"
_STORED: Final = "in DVC's cache or remote"
_TWO: Final = 2
"""Digests of one file, as registered and as found, where an error is about that"""


def find_version(ports: Ports, model: str, version: str = "") -> tuple[Tag, VersionRecord]:
    """A registered version, the newest where none is named; MlspecError where it is not there or holds no record."""
    tags = read_tags(ports.git.tags())
    versions = tags[model].versions if model in tags else {}
    if not versions:
        raise MlspecError(f"no version of `{model}` is registered", hint="mlspec apply trains and registers one")
    wanted = Version.parse(version) if version else max(versions)
    if wanted not in versions:
        known = ", ".join(map(str, sorted(versions)))
        raise MlspecError(f"{model} has no version {wanted}", hint=f"there are: {known}")
    tag = versions[wanted]
    message = ports.git.messages([tag.oid]).get(tag.oid, "")
    try:
        return tag, VersionRecord.from_json(message[message.index("{") :])
    except (ValueError, KeyError, TypeError) as error:
        hint = "it was made by hand, or changed: register the version again"
        raise MlspecError(f"the tag {tag.name} holds no record", hint=hint) from error


def verify(ports: Ports, model: str, version: str, report: Report) -> Proof:
    """Prove one version. MlspecError where it can't be tried: no such version, data that can't be had."""
    tag, record = find_version(ports, model, version)
    named = record.model == model and tag.name == f"{model}@{record.version}"
    known = [Finding("record", "the tag's name", f"{record.model}@{record.version}", tag.name)] * (not named)
    with ports.sandbox(tag.commit) as inner:
        now = _how(ports, model)
        desired = _desired(inner, model, now.was if now else "")
        how = now or desired.blueprint
        known += [*_records(inner, desired.blueprint, record), *_inputs(desired, record)]
        known += [*_read(inner, desired), *_stored(ports, record)]
        findings = known if _broken(known) else [*known, *_retrained(ports, inner, desired, record, how, report)]
    trained = any(item.what in {"training", "metrics"} or item.subject.startswith("again: ") for item in findings)
    return Proof(model, record.version, tag.commit, how.reproducible, trained, tuple(findings))


def _broken(findings: list[Finding]) -> bool:
    """A training may take hours, and would prove nothing more."""
    return any(not item.same for item in findings)


def _desired(inner: Ports, model: str, was: str) -> DesiredModel:
    """What the version's commit wants of the model, which may have had its old name then."""
    snapshot = inner.git.snapshot()
    found = {item.name: item for item in inner.specs.bundle(snapshot.blobs).blueprints}
    made = found.get(model) or found.get(was)
    if made is None:
        raise MlspecError(f"the version's commit has no spec of `{model}`", hint="was the tag moved?")
    return resolve(made, inner.tree(snapshot))


def _how(ports: Ports, model: str) -> Blueprint | None:
    """How to compare is the present spec's word: it may have been learnt only after the version was made."""
    with suppress(MlspecError):
        bundle = ports.specs.bundle(ports.git.snapshot().blobs)
        return next((item for item in bundle.blueprints if item.name == model), None)
    return None


def _records(inner: Ports, blueprint: Blueprint, record: VersionRecord) -> Iterator[Finding]:
    """The record that was committed, and what dvc.lock says of the model, against the tag's message."""
    path = f"{blueprint.folder}/version.json"
    written = replace(record, model=blueprint.name)  # under the name that the model had then
    yield Finding("record", path, digest(json.loads(written.to_json())), _committed(inner.files.read(path)))
    path = f"{blueprint.folder}/dvc.lock"
    found = locked_output(inner.files.read(path) or b"", blueprint.bundle) or _NONE
    yield Finding("record", f"{path}: the model", _folder_md5(record.artefact), found)


def _committed(content: bytes | None) -> str:
    if content is None:
        return _NONE
    try:
        return digest(json.loads(content))
    except ValueError:
        return "no record"


def _folder_md5(files: tuple[ArtefactFile, ...]) -> str:
    """DVC's name of a folder: the MD5 of its list of files, as JSON."""
    listing = [{"md5": file.md5, "relpath": file.path} for file in sorted(files, key=lambda file: file.path)]
    return f"{hashlib.md5(json.dumps(listing, sort_keys=True).encode(), usedforsecurity=False).hexdigest()}.dir"


def _inputs(desired: DesiredModel, record: VersionRecord) -> Iterator[Finding]:
    """What the version's commit would be trained from, against what the record says it was."""
    for subject in sorted({*desired.inputs, *record.inputs}):
        kind = desired.sources.get(subject, (None, 0))[0]
        what = _WORDS.get(kind, "params") if kind else "params"
        old, new = record.inputs.get(subject), desired.inputs.get(subject)
        yield Finding(what, subject, _shown(old), _shown(new))
    for name in sorted({*record.packages, *desired.packages}):
        pins = (record.packages.get(name, _NONE), desired.packages.get(name, _NONE))
        yield Finding("environment", f"package {name}", *pins)


def _read(inner: Ports, desired: DesiredModel) -> Iterator[Finding]:
    """The data that the stages read, as dvc.lock has it, against what the commit holds."""
    path = f"{desired.blueprint.folder}/dvc.lock"
    for name, held, read in other_data(inner.files.read(path) or b"", desired, inner.files):
        yield Finding("data", f"{path.rpartition('/')[0]}/{READ_BY}{name}", f"md5:{held}", f"md5:{read}")


def _stored(ports: Ports, record: VersionRecord) -> Iterator[Finding]:
    """The bytes that would be served, as the cache or the remote has them."""
    recorded = record.artefact_digest
    with TemporaryDirectory(prefix="mlspec-verify-") as folder:
        try:
            ports.pipeline.materialise(record.artefact, f"{folder}/model")
            yield Finding("artefact", _STORED, recorded, recorded)
        except IntegrityError as error:
            yield _swapped(error, recorded)
        except MlspecError as error:
            yield Finding("artefact", _STORED, recorded, error.message)


def _swapped(error: IntegrityError, recorded: str) -> Finding:
    """A file that is not the registered one, by the digests of both where the error has them."""
    digests = [detail.rpartition(" ")[2] for detail in error.details]
    if len(digests) != _TWO:
        return Finding("artefact", _STORED, recorded, error.message)
    file = error.message.partition(" is not ")[0]
    return Finding("artefact", f"{_STORED}: {file}", digests[0], digests[1])


def _retrained(
    ports: Ports, inner: Ports, desired: DesiredModel, record: VersionRecord, how: Blueprint, report: Report
) -> Iterator[Finding]:
    """The same training once more, in the sandbox, and what came of it."""
    data = {path: str(value)[4:] for path, value in desired.inputs.items() if str(value).startswith("md5:")}
    try:
        ports.pipeline.deliver(data, inner.root)
    except IntegrityError as error:
        said = error.details or ("as recorded", error.message)
        yield Finding("data", error.message.partition(" ")[0], said[0], said[-1])
        return
    try:
        _train(inner, desired, report)
    except StageFailed as error:
        yield Finding("training", error.message, "done", "; ".join(error.details[-1:]) or "failed")
        return
    yield from _artefacts(inner, desired, record, exact=how.reproducible == "exact")
    yield from _metrics(inner, desired.blueprint, record, how)


def _train(inner: Ports, desired: DesiredModel, report: Report) -> None:
    runner = Runner(inner, desired, report, 1, provide(inner, desired, report))
    for stage in desired.blueprint.stages:
        runner.run(stage, force=True)


def _artefacts(inner: Ports, desired: DesiredModel, record: VersionRecord, *, exact: bool) -> Iterator[Finding]:
    made = {file.path: file.sha256 for file in inner.pipeline.outputs(desired.blueprint.bundle)}
    recorded = {file.path: file.sha256 for file in record.artefact}
    for path in sorted({*made, *recorded}):
        pair = (recorded.get(path, _NONE), made.get(path, _NONE))
        yield Finding("artefact", f"again: {path}", *pair, weighs=exact)


def _metrics(inner: Ports, blueprint: Blueprint, record: VersionRecord, how: Blueprint) -> Iterator[Finding]:
    """A metric within the tolerance is the same; exactly the same bytes may differ in nothing."""
    document: Mapping[str, JSON] = json.loads(inner.files.read(f"{blueprint.folder}/metrics.json") or b"{}")
    made, _ = parted(document)
    allowed = how.tolerance if how.reproducible == "metrics" else 0.0
    for name, value in sorted(record.metrics.items()):
        if name == "model_size" and how.reproducible == "metrics":
            continue
        again = made.get(name)
        near = again is not None and abs(again - value) <= allowed
        finding = Finding("metrics", name, f"{value:.10g}", _NONE if again is None else f"{again:.10g}")
        yield replace(finding, found=finding.recorded) if near else finding


def _shown(value: JSON) -> str:
    return _NONE if value is None else value if isinstance(value, str) else json.dumps(value, sort_keys=True)
