"""Newer pins in generated workflows: `compile` takes them into the project's spec, `compile --check` lets them pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mlspec.adapters.specfile import write_pins
from mlspec.cli.console import console
from mlspec.cli.wiring import RealPorts
from mlspec.reconciler.bundle import PROJECT
from mlspec.spec.ci import PinSpec


@dataclass(frozen=True, slots=True)
class NewerPins:
    """Newer pins, and the files in which nothing else was edited."""

    specs: Mapping[str, PinSpec]
    files: Collection[str]

    @property
    def words(self) -> str:
        """`actions/checkout v7.0.2`."""
        return ", ".join(f"{action} {pin.release}" for action, pin in sorted(self.specs.items()))

    def adopt(self, ports: RealPorts) -> None:
        """Write them into the project's spec, so that what is compiled from it has them."""
        ports.files.write(PROJECT, write_pins(ports.files.read(PROJECT), self.specs))
        console.out(f"wrote {PROJECT}: {self.words}")


def newer_pins_of(ports: RealPorts, found: Mapping[str, str]) -> NewerPins | None:
    """What a bot that updates pins wrote into the workflows; `found` says what each file is."""
    if "hand-edited" not in found.values():
        return None
    blobs = ports.git.snapshot().blobs
    bundle = ports.specs.bundle(blobs)
    specs = ports.specs.newer_pins(blobs, list(bundle.project.generated))
    return NewerPins(specs, frozenset(bundle.project.generated)) if specs else None
