"""The engines of container environments: do they answer, and can images be built there?"""

from __future__ import annotations

from mlspec.domain.desired import Site
from mlspec.ports.engine import EngineFacts
from mlspec.reconciler.checkup.check import Check, listed, ok, problem


def name(site: Site) -> str:
    """`docker`, or `docker at prod` for a context."""
    return f"{site.target} at {site.context}" if site.context else site.target


def engine(site: Site, facts: EngineFacts) -> list[Check]:
    """An engine that answers: what it is, and whether builds and deployments can work there."""
    where = name(site)
    checks = []
    if facts.system != "linux":
        message = f"the engine runs {facts.system} containers; mlspec's images are for Linux"
        checks.append(problem(where, message, "switch the engine to Linux containers"))
    if site.target == "swarm" and not facts.manager:
        checks.append(
            problem(where, "the engine is no manager of a swarm", "docker swarm init, or name another context")
        )
    if facts.absent:
        message = f"builds or deployments would fail: neither the engine nor a registry has {listed(facts.absent)}"
        hint = f"docker pull {facts.absent[0]} says why; serving.image.base and the environment's proxy name others"
        checks.append(problem(where, message, hint))
    return checks or [ok(where, f"Docker Engine {facts.version} answers, and can build")]
