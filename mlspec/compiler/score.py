"""What of the ML Test Score a project's specs cover: Specs → findings, test by test."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mlspec.kinds.practice import Case, Practice, Section
from mlspec.kinds.registry import discover
from mlspec.spec.load import Loaded, LoadedModel, where

ORDER: Final = ("data", "model", "infrastructure", "monitoring")
"""The sections as the paper has them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One test of one model: points (1 by itself, 0.5 by hand, 0 not), the evidence with its line, else advice."""

    model: str
    section: str
    number: int
    title: str
    points: float
    evidence: str
    where: str
    advice: str


def score(loaded: Loaded, models: Collection[str] = ()) -> tuple[Finding, ...]:
    """All 28 findings of each model, in the paper's order; `models` empty means all."""
    chosen = [model for model in loaded.models if not models or model.spec.name in models]
    return tuple(finding for model in chosen for finding in _model(loaded, model))


def totals(findings: Sequence[Finding]) -> dict[str, dict[str, float]]:
    """model → section → points, and `score`, which is the least of them."""
    found: dict[str, dict[str, float]] = {}
    for finding in findings:
        sections = found.setdefault(finding.model, dict.fromkeys(ORDER, 0.0))
        sections[finding.section] += finding.points
    return {model: {**sections, "score": min(sections.values())} for model, sections in found.items()}


def sections() -> tuple[Section, ...]:
    """The rubric, section by section."""
    kinds = discover("mlspec.kinds.practice", Section)
    return tuple(kinds[name] for name in ORDER)


def _model(loaded: Loaded, model: LoadedModel) -> Iterator[Finding]:
    for section in sections():
        for number, practice in enumerate(section.practices, 1):
            yield _finding(loaded, model, section.name, number, practice)


def _finding(loaded: Loaded, model: LoadedModel, section: str, number: int, practice: Practice) -> Finding:
    name, evidence = model.spec.name, practice.judge(Case(model.spec, loaded.project))
    if evidence is None:
        return Finding(name, section, number, practice.title, 0.0, "", "", practice.advice)
    source = loaded.project_source if evidence.shared else model
    place = where(source, evidence.at) if source is not None else ""
    advice = practice.advice if evidence.points < 1 else ""
    return Finding(name, section, number, practice.title, evidence.points, evidence.words, place, advice)
