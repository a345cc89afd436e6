"""The network of an environment: servers have no other way in, and the engine's DNS names them there."""

from __future__ import annotations

from mlspec.adapters.docker.engine import Engine, NameTaken
from mlspec.adapters.docker.naming import network_name
from mlspec.adapters.docker.seen import seen


def have_network(engine: Engine, environment: str) -> str:
    """The id of the network, made where there is none; under another name where somebody else's has ours."""
    if found := engine.networks(environment):
        return found[0]
    name, number = network_name(engine.project, environment), 1
    while True:
        try:
            return engine.make_network(name if number == 1 else f"{name}-{number}", environment)
        except NameTaken:
            number += 1


def drop_network(engine: Engine, environment: str) -> None:
    """Remove it once no container of the environment is left, running or not."""
    if not any(item.place.environment == environment for item in seen(engine.listed())):
        for network in engine.networks(environment):
            engine.remove_network(network)
