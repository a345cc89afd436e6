"""Practices: each file is one section of the ML Test Score, with its seven tests.

Source: E. Breck, S. Cai, E. Nielsen, M. Salib, D. Sculley, "The ML Test Score: A Rubric for ML Production Readiness and
Technical Debt Reduction", IEEE Big Data 2017. A test that runs by itself gives a point, one that is done by hand half
of one; a section's score is the sum of its tests, and a system's the least of its four sections.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mlspec.spec.model import ModelSpec
from mlspec.spec.problem import Path
from mlspec.spec.project import ProjectSpec


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far a test is there: points (1, 0.5 or 0), in words, and the field that says so.

    `at` is a field of the model's spec, or of the project's where `shared` is set; empty where no field is the cause.
    """

    points: float
    words: str
    at: Path = ()
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: a model in its project."""

    model: ModelSpec
    project: ProjectSpec


@dataclass(frozen=True, slots=True)
class Practice:
    """One test of the rubric, in its words; `advice` is what to write where it is missing."""

    title: str
    judge: Callable[[Case], Evidence | None]
    """the evidence, or None where the spec has nothing of it"""
    advice: str


class Section(Protocol):
    """One section of the rubric; pure."""

    name: str
    title: str

    @property
    def practices(self) -> Sequence[Practice]:
        """Its seven tests, in the paper's order."""
        ...
