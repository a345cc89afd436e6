"""Where images are found: in the registry, as the project's chain remembers it, or on an environment's own engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlspec.domain.actual import ModelHistory
from mlspec.domain.desired import Blueprint, Bundle, ProjectFacts, Site
from mlspec.domain.image import Image
from mlspec.errors import Unreachable
from mlspec.reconciler.ports import Ports


def stores(project: ProjectFacts) -> dict[str, str]:
    """environment → a word for where its images are: two with the same word share every image."""
    return {name: project.registry or f"engine {site.context}" for name, site in project.sites.items()}


def in_registry(image: Image, registry: str) -> bool:
    """Whether an image can be pulled from a registry by its digest."""
    return bool(registry) and image.reference.startswith(f"{registry}/")


def recorded_images(histories: Mapping[str, ModelHistory], registry: str) -> dict[str, Image]:
    """Serve digest → image, of all that were pushed to the registry as it is configured now."""
    found = (item for history in histories.values() for item in history.images.items())
    return {serve: image for serve, image in found if in_registry(image, registry)}


def runnable(
    ports: Ports, bundle: Bundle, histories: Mapping[str, ModelHistory], silent: Iterable[Site]
) -> dict[str, frozenset[str]]:
    """environment → the serve digests that it can run without a build; only of environments that run images."""
    project = bundle.project
    running_images = {name: project.sites[name] for name in container_environments(bundle.blueprints)}
    if project.registry:
        return dict.fromkeys(running_images, frozenset(recorded_images(histories, project.registry)))
    mute = set(silent)
    engines = {site: _known(ports, project, site) for site in set(running_images.values()) - mute}
    return {name: engines.get(site, frozenset()) for name, site in running_images.items()}


def container_environments(blueprints: Iterable[Blueprint]) -> set[str]:
    """The environments in which some model runs as containers."""
    return {place.environment for item in blueprints for place in item.deployments if "image" in place.serve}


def _known(ports: Ports, project: ProjectFacts, site: Site) -> frozenset[str]:
    try:
        return frozenset(ports.images(site, project.name).known())
    except Unreachable:
        return frozenset()  # its places are Unseen, so nothing is planned there
