"""`mlspec score`: what of the ML Test Score a project's specs cover, with the evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from mlspec.cli.console import console
from mlspec.cli.wiring import RealPorts
from mlspec.compiler.score import Finding, score, sections, totals
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.spec.load import Loaded
from mlspec.spec.problem import suggest

_MARKS: Final = {1.0: ("✓", "green"), 0.5: ("~", "yellow"), 0.0: ("✗", "red")}


def run(*, models: Sequence[str], as_json: bool) -> int:
    """Print every test with its evidence, or with what would cover it."""
    ports = RealPorts(Path.cwd())
    loaded = ports.specs.load(ports.git.snapshot().blobs).sound()
    _check_names(loaded, models)
    findings = score(loaded, models)
    if as_json:
        document = {"format": 1, "scores": totals(findings), "findings": [asdict(item) for item in findings]}
        console.out(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        console.out("\n\n".join("\n".join(_lines(model, sums, findings)) for model, sums in totals(findings).items()))
    return EXIT_DONE


def _check_names(loaded: Loaded, models: Sequence[str]) -> None:
    known = [model.spec.name for model in loaded.models]
    for name in models:
        if name not in known:
            raise MlspecError(f"no spec has the model `{name}`", hint=suggest(name, known))


def _lines(model: str, sums: Mapping[str, float], findings: Sequence[Finding]) -> Iterator[str]:
    yield console.style(f"{model}: ML Test Score {sums['score']:g} of 7, the least of four sections", "bold")
    for section in sections():
        yield ""
        yield console.style(f"{section.title}: {sums[section.name]:g} of 7", "bold")
        mine = [item for item in findings if item.model == model and item.section == section.name]
        yield from (line for item in mine for line in _finding(item))


def _finding(item: Finding) -> Iterator[str]:
    mark, colour = _MARKS[item.points]
    yield f"  {console.style(mark, colour)} {item.number} {item.title}"
    if item.evidence:
        yield f"      {item.evidence}" + (f" ({item.where})" if item.where else "")
    if item.advice:
        yield console.style(f"      for more: {item.advice}" if item.evidence else f"      {item.advice}", "dim")
