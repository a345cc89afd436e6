"""The model card: what a version is, for people, as Markdown; the same text for the same version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlspec.compiler.lockfile import OTHER
from mlspec.compiler.markdown import plain, shown, table
from mlspec.compiler.told import by_number, checked, of_one_class
from mlspec.domain.digest import JSON
from mlspec.domain.record import Verdict, VersionRecord
from mlspec.spec.model import ModelSpec


def card(made: ModelSpec, today: ModelSpec, record: VersionRecord, commit: str) -> str:
    """The card of a version. `made`: the spec that it was made by; `today`: the one that says whose it is."""
    parts = (
        _head(today, record, commit),
        _data(made, record),
        _training(made, record),
        _results(made, record),
        _verdicts(record.verdicts),
        _limits(made),
        _files(record),
        _again(today, record),
    )
    return "\n".join(line for part in parts for line in part)


def _head(spec: ModelSpec, record: VersionRecord, commit: str) -> Iterator[str]:
    yield from (f"# {record.model} {record.version}", "")
    if spec.description:
        yield from (plain(spec.description), "")
    yield from table(
        ("", ""),
        [
            ("Owners", ", ".join(spec.owners) or "nobody is named"),
            ("Predicts", spec.training.target),
            ("Commit", f"`{commit}`, trained from `{record.parent}`"),
            ("Train digest", f"`{record.train}`"),
        ],
    )


def _data(spec: ModelSpec, record: VersionRecord) -> Iterator[str]:
    yield from ("## Data", "")
    known = ((source.name, source.path, record.inputs.get(source.path or "")) for source in spec.data.sources)
    yield from table(("source", "path", "content"), [(name, path, _code(value)) for name, path, value in known])
    split = spec.data.split.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    yield from (f"Split: {shown({'test': spec.data.split.test} | split)}.", "")
    if record.split:
        yield from (_parted(record), "")
    yield from checked(spec.data.validation)


def _parted(record: VersionRecord) -> str:
    """How many rows, until when, and what the check for leakage found."""
    said = {name: value for name, value in record.split.items() if name not in {"method", "leakage"}}
    checked = record.split.get("leakage")
    found = shown(record.leaks) or ("none found" if checked else "not looked for")
    return f"As it came out: {shown(said)}. Leakage: {found}."


def _training(spec: ModelSpec, record: VersionRecord) -> Iterator[str]:
    training = spec.training
    yield from ("## Training", "")
    packages = {name: pin for name, pin in record.packages.items() if name != OTHER}
    lock = f"{training.environment.lock}, {len(packages)} packages" if packages else "no lock is named"
    rows = [
        ("Estimator", training.estimator) if training.estimator else ("Command", f"`{training.command}`"),
        ("Parameters", shown(training.params) or "as they come"),
        *([("Found by a search", shown(record.search))] if record.search else []),
        *([("Served as", "ONNX, by ONNX Runtime alone")] if record.format == "onnx" else []),
        ("Python", training.environment.python or "that of mlspec"),
        ("Packages", lock),
    ]
    yield from table(("", ""), rows)


def _results(spec: ModelSpec, record: VersionRecord) -> Iterator[str]:
    yield from ("## Metrics on the test data", "")
    yield from table(("metric", "value"), [(name, _number(value)) for name, value in sorted(record.metrics.items())])
    yield from of_one_class(spec)
    for column, values in sorted(record.findings.get("slices", {}).items()):
        yield from (f"By {plain(column)}:", "")
        names = sorted({name for found in values.values() for name in found})
        parts = sorted(values.items(), key=by_number)
        yield from table((column, *names), [(value, *_numbers(found, names)) for value, found in parts])


def _verdicts(verdicts: Iterable[Verdict]) -> Iterator[str]:
    yield from ("## Gates", "")
    rows = [(item.gate, "passed" if item.passed else "failed", _measured(item), item.note) for item in verdicts]
    if rows:
        yield from table(("gate", "verdict", "measured", "note"), rows)
    else:
        yield from ("None.", "")


def _limits(spec: ModelSpec) -> Iterator[str]:
    yield from ("## Limits", "")
    yield "- It knows what its data knows: rows unlike those above are outside of what was measured."
    if bounds := list(spec.data.validation.columns):
        yield f"- Columns with rules: {', '.join(map(plain, bounds))}. Values that break them were never seen."
    if not spec.evaluation.slices:
        yield "- No slices were measured: it may be worse for some groups of rows than for others."
    yield ""


def _files(record: VersionRecord) -> Iterator[str]:
    yield from ("## Files", "")
    yield from table(
        ("file", "bytes", "SHA-256"), [(file.path, str(file.size), f"`{file.sha256}`") for file in record.files]
    )


def _again(spec: ModelSpec, record: VersionRecord) -> Iterator[str]:
    exact = "the same bytes" if spec.training.reproducible == "exact" else "the same metrics, within the tolerance"
    name = f"{record.model}@{record.version}"
    yield from ("## How to reproduce", "")
    yield f"`mlspec verify {name}` trains it once more in a clone of its commit, and expects {exact}."
    yield f"`git checkout {name}` has its spec, code and data pointers; `dvc pull` brings data and model."
    yield ""


def _code(value: JSON) -> str:
    return f"`{value}`" if value is not None else "not recorded by itself"


def _numbers(found: Mapping[str, Any], names: Iterable[str]) -> Iterator[str]:
    return (_number(found[name]) if isinstance(found.get(name), int | float) else "" for name in names)


def _measured(item: Verdict) -> str:
    limit = "" if item.limit is None else f", needs {_number(item.limit)}"
    return "" if item.value is None else f"{_number(item.value)}{limit}"


def _number(value: float) -> str:
    """Counts and sizes as they are, all else with six digits."""
    return str(int(value)) if float(value).is_integer() else f"{value:.6g}"
