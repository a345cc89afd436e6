"""`mlspec bom`: what is installed in a version's image, or what a version was made of."""

from __future__ import annotations

from pathlib import Path

from mlspec.cli.console import console
from mlspec.cli.naming import model_and_version
from mlspec.cli.session import know_chains
from mlspec.cli.wiring import RealPorts
from mlspec.domain.metrics import METRICS
from mlspec.errors import EXIT_DONE, MlspecError
from mlspec.reconciler.bills import read_bill
from mlspec.reconciler.portrait import portrait
from mlspec.reconciler.tags import read_tags
from mlspec.spec.problem import suggest


def run(*, model: str, of: str = "image") -> int:
    """Print the bill of materials, one CycloneDX document."""
    ports = RealPorts(Path.cwd())
    know_chains(ports)
    name, version = model_and_version(model)
    _check_model(ports, name)
    console.out(read_bill(ports.git, ports.cache, name, version) if of == "image" else _made_of(ports, name, version))
    return EXIT_DONE


def _made_of(ports: RealPorts, name: str, version: str) -> str:
    # the library of CycloneDX takes half a second
    from mlspec.adapters.bom import Materials, version_bill  # noqa: PLC0415

    found = portrait(ports, name, version)
    training = found.made.training
    materials = Materials(
        record=found.record,
        description=found.today.description,
        owners=found.today.owners,
        family=training.estimator or training.command or "",
        task="regression" if METRICS[found.made.evaluation.metrics[0]].task == "regression" else "classification",
        data={
            source.path: str(found.record.inputs[source.path])
            for source in found.made.data.sources
            if source.path in found.record.inputs
        },
        lock=found.lock,
    )
    return version_bill(materials)


def _check_model(ports: RealPorts, model: str) -> None:
    """MlspecError for a name that neither a spec nor a version has."""
    names = {item.name for item in ports.specs.bundle(ports.git.snapshot().blobs).blueprints}
    names |= set(read_tags(ports.git.tags()))
    if model not in names:
        hint = suggest(model, names) or f"there are: {', '.join(sorted(names)[:20])}"
        raise MlspecError(f"there is no model `{model}`", hint=hint)
