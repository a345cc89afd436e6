"""Where to look in a spec for what it says no more: the nearest line that still stands."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.domain.desired import Blueprint


def standing(blueprint: Blueprint, name: str) -> str:
    """`specs/wine.yaml:21` of a dotted name, else of the first line below the nearest name around it."""
    lines = dict(_lines(blueprint))
    while name:
        if name in lines:
            return lines[name][1]
        below = [found for other, found in lines.items() if other.startswith(f"{name}.")]
        if below:
            return min(below)[1]
        name = name.rpartition(".")[0]
    return blueprint.where(blueprint.line)


def _lines(blueprint: Blueprint) -> Iterator[tuple[str, tuple[int, str]]]:
    for subject in (*blueprint.subjects, *blueprint.evaluate):
        yield subject.name, (subject.line, blueprint.where(subject.line, subject.origin))
    for name, line in blueprint.rules.items():
        yield name, (line, blueprint.where(line))
