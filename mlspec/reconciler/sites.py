"""What runs at the project's sites, asked of each once; a site that does not answer hides its places, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlspec.domain.actual import Place, Rollout, Running, Unseen
from mlspec.domain.desired import Blueprint, ProjectFacts, Site
from mlspec.domain.reason import HeldReason
from mlspec.errors import Unreachable
from mlspec.reconciler.ports import Ports


@dataclass(frozen=True, slots=True)
class Around:
    """One look at all sites: what was seen, at which site each place was seen, and which sites did not answer."""

    seen: Mapping[Place, Running | Unseen]
    sites: Mapping[Place, Site]
    silent: Mapping[Site, str]


def look_around(ports: Ports, project: ProjectFacts, places: Iterable[Place]) -> Around:
    """Ask every site. `places` are those that specs and chains know: where their site is silent they are Unseen."""
    seen: dict[Place, Running | Unseen] = {}
    sites: dict[Place, Site] = {}
    silent: dict[Site, str] = {}
    for site in sorted(set(project.sites.values())):
        try:
            answer = ports.runtime(site, project.name).observe()
        except Unreachable as error:
            silent[site] = str(error)
            continue
        # What an environment left behind where it ran before it moved is not what it runs now.
        found = {place: it for place, it in answer.items() if project.sites.get(place.environment, site) == site}
        seen |= found
        sites |= dict.fromkeys(found, site)
    for place in places:
        home = project.sites.get(place.environment)
        if home in silent:
            seen[place] = Unseen(place, HeldReason.NOT_OBSERVED, silent[home])
    return Around(seen, sites, silent)


def spec_places(blueprints: Iterable[Blueprint]) -> set[Place]:
    """The places that specs ask for."""
    return {Place(place.environment, item.name) for item in blueprints for place in item.deployments}


def is_elsewhere(ports: Ports, project: ProjectFacts, place: Place, last: Rollout) -> bool:
    """Whether a place was deployed from another machine, at a site that only that machine can see."""
    site = project.sites.get(place.environment)
    foreign = last.outcome == "deployed" and last.host not in {"", ports.host}
    return foreign and site is not None and ports.is_here(site)
