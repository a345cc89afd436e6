"""Newer pins in generated workflows: `compile` takes them into the project's spec, `compile --check` lets them pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mlspec.adapters.specfile import write_pins
from mlspec.cli.console import console
from mlspec.cli.wiring import RealPorts
from mlspec.kinds.ci._pins import Newer
from mlspec.reconciler.bundle import PROJECT


@dataclass(frozen=True, slots=True)
class NewerPins:
    """Newer pins, and the files in which nothing else was edited."""

    news: Newer
    files: Collection[str]

    @property
    def words(self) -> str:
        """`actions/checkout v7.0.2`."""
        words = [f"{action} {pin.release}" for action, pin in sorted(self.news.pins.items())]
        return ", ".join(words + [self.news.image.partition("@")[0]] * bool(self.news.image))

    def adopt(self, ports: RealPorts) -> None:
        """Write them into the project's spec, so that what is compiled from it has them."""
        ports.files.write(PROJECT, write_pins(ports.files.read(PROJECT), self.news))
        console.out(f"wrote {PROJECT}: {self.words}")


def newer_pins_of(ports: RealPorts, found: Mapping[str, str]) -> NewerPins | None:
    """What a bot that updates pins wrote into the workflows; `found` says what each file is."""
    if "hand-edited" not in found.values():
        return None
    blobs = ports.git.snapshot().blobs
    bundle = ports.specs.bundle(blobs)
    news = ports.specs.newer_pins(blobs, list(bundle.project.generated))
    return NewerPins(news, frozenset(bundle.project.generated)) if news else None
