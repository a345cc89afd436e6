"""Probes of the engines that environments of containers run on."""

from __future__ import annotations

from collections.abc import Iterator

from mlspec.cli.probes.guard import guarded
from mlspec.domain.desired import Bundle, Site
from mlspec.reconciler.checkup import engine
from mlspec.reconciler.checkup.check import Check


def engines(bundle: Bundle) -> Iterator[Check]:
    """Each engine that the project's environments name, once."""
    for site in sorted(set(bundle.project.sites.values())):
        if site.target != "process":
            yield from guarded(engine.name(site), lambda site=site: _engine(site, _images(bundle, site)))  # type: ignore[misc]


def _engine(site: Site, images: set[str]) -> list[Check]:
    from mlspec.adapters.engines import examine  # noqa: PLC0415 - imports Docker's SDK

    return engine.engine(site, examine(site.context, images))


def _images(bundle: Bundle, site: Site) -> set[str]:
    """What builds there start from, and what stands in front of what runs there."""
    return {
        str(place.serve[name])
        for item in bundle.blueprints
        for place in item.deployments
        for name in ("image.base", "environment.proxy")
        if bundle.project.sites[place.environment] == site and name in place.serve
    }
