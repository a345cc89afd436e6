"""The record of a registered version: one JSON document, in the tag's message and committed beside dvc.lock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from mlspec.domain.digest import JSON, digest


@dataclass(frozen=True, slots=True)
class ArtefactFile:
    """One file of the model: path below the model's folder, DVC's MD5 to find it by, size, SHA-256 to trust it by."""

    path: str
    md5: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one gate judged: the gate in words, what was measured, the limit, and `note` (such as NoBaseline)."""

    gate: str
    passed: bool
    value: float | None = None
    limit: float | None = None
    note: str = ""
    where: str = ""


_OPTIONAL: Final = frozenset({"search", "findings", "measuring", "profile", "split"})
"""Fields that stand in a record only where there is something to say, so that others stay as they were."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The summary of the training data, and the digest of how fine it is."""

    settings: str
    file: ArtefactFile


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """What a version is. Nothing in it depends on the clock, so the same training gives the same bytes."""

    model: str
    version: str
    train: str
    """train digest"""
    evaluate: str
    """evaluate digest"""
    rules: str
    """digest of the rules that the data passed"""
    describe: str
    """describe digest"""
    inputs: Mapping[str, JSON]
    """subject → value or digest: what the train digest was made of, so that a plan can say what changed"""
    artefact: tuple[ArtefactFile, ...]
    metrics: Mapping[str, float]
    verdicts: tuple[Verdict, ...]
    signature: str
    """digest of the model's inputs and outputs; a change is a major version"""
    packages: Mapping[str, str]
    """name → version of the environment lock's packages"""
    parent: str
    """the commit whose tree was trained"""
    search: Mapping[str, JSON] = field(default_factory=dict)
    """what a search found: metric, its mean and spread over the folds, how many trials, and the best params"""
    findings: Mapping[str, Any] = field(default_factory=dict)
    """what the evaluation found besides metrics, where the spec asks for it: slices, a baseline, checks, bounds"""
    measuring: Mapping[str, JSON] = field(default_factory=dict)
    """subject → value of how it was measured, beyond the metrics' names, and of the rules that its data passed: only a
    run can tell what another would find; records of older releases have the rules' digest alone"""
    split: Mapping[str, JSON] = field(default_factory=dict)
    """how the rows were parted and what leaked, where the spec says more of that than what is drawn"""
    profile: Profile | None = None
    """what the training data looks like, where something is monitored; no part of the artefact"""

    @property
    def passed(self) -> bool:
        """Whether it passed all of its gates."""
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def leaks(self) -> dict[str, int]:
        """What leaked from the test part into the training part, by kind: how often; nothing where it was not asked."""
        found = self.split.get("leakage")
        counts = found.items() if isinstance(found, Mapping) else ()
        return {kind: count for kind, count in counts if isinstance(count, int) and count}

    @property
    def artefact_digest(self) -> str:
        """The digest of the model's files by path and SHA-256."""
        return artefact_digest(self.artefact)

    @property
    def format(self) -> str:
        """The model file's format: skops or onnx, which mlspec's server serves, or any files of the user's own."""
        names = {file.path for file in self.artefact}
        known = (name for name in ("skops", "onnx") if {f"model.{name}", "signature.json"} <= names)
        return next(known, "files")

    @property
    def files(self) -> tuple[ArtefactFile, ...]:
        """All that is served: the artefact, and the profile where there is one."""
        return self.artefact if self.profile is None else (*self.artefact, self.profile.file)

    def to_json(self) -> str:
        """One line of JSON, sorted keys."""
        fields = {name: value for name, value in asdict(self).items() if value or name not in _OPTIONAL}
        return json.dumps({"format": 1} | fields, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> VersionRecord:
        """Read what `to_json` wrote; ValueError, KeyError or TypeError where it is something else."""
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VersionRecord:
        """The same from a parsed document."""
        if data["format"] != 1:
            raise ValueError("a record of a newer mlspec")
        fields = {name: value for name, value in data.items() if name != "format"}
        fields["artefact"] = tuple(ArtefactFile(**item) for item in data["artefact"])
        fields["verdicts"] = tuple(Verdict(**item) for item in data["verdicts"])
        if profile := data.get("profile"):
            fields["profile"] = Profile(profile["settings"], ArtefactFile(**profile["file"]))
        return cls(**fields)


def artefact_digest(files: tuple[ArtefactFile, ...]) -> str:
    """The digest that a deployment is known by: paths and SHA-256 of all files."""
    return digest({file.path: file.sha256 for file in files})
