"""What services of a swarm need besides themselves: networks and configs, found by labels and removed with them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from docker.errors import APIError, NotFound

from mlspec.adapters.docker.client import explained, label
from mlspec.adapters.swarm.engine import Swarm, until
from mlspec.adapters.swarm.names import network_name
from mlspec.errors import MlspecError


class Belongings:
    """Networks and configs of one project."""

    def __init__(self, swarm: Swarm, project: str) -> None:
        self._api = swarm.api
        self._project = project

    def network(self, environment: str) -> str:
        """The id of the environment's network, made where there is none."""
        name = network_name(self._project, environment)
        labels = {label("project"): self._project, label("environment"): environment}
        with explained(f"making the network {name}"):
            try:
                found = self._api.inspect_network(name, scope="swarm")
            except NotFound:
                return str(self._api.create_network(name, driver="overlay", labels=labels, check_duplicate=True)["Id"])
        if not labels.items() <= (found["Labels"] or {}).items():
            raise MlspecError(f"there is a network {name} that is not mlspec's", hint="rename or remove it")
        return str(found["Id"])

    def drop_network(self, environment: str) -> None:
        """Remove the environment's network; the node has it for some moments more than the swarm."""
        wanted = [f"{label('project')}={self._project}", f"{label('environment')}={environment}"]

        def gone() -> bool:
            found = self._api.networks(filters={"label": wanted, "driver": "overlay"})
            for network in found:
                with suppress(APIError):  # it is in use, or was removed meanwhile
                    self._api.remove_network(network["Id"])
            return not found

        with explained("removing a network"):
            until(f"the network of {environment}", gone)

    def configs(self, labels: dict[str, str]) -> dict[str, str]:
        """Name → id of the configs with such labels."""
        wanted = [f"{name}={value}" for name, value in labels.items()]
        with explained("listing the configs"):
            return {found["Spec"]["Name"]: found["ID"] for found in self._api.configs(filters={"label": wanted})}

    def config(self, name: str, text: str, labels: dict[str, str]) -> str:
        """The id of a config of that name, made where there is none."""
        if found := self.configs(labels).get(name):
            return found
        with explained(f"making the config {name}"):
            return str(self._api.create_config(name, text, labels)["ID"])

    def drop_configs(self, ids: Iterable[str]) -> None:
        """Remove configs; those that are in use stay."""
        for each in ids:
            with explained("removing a config"):
                try:
                    self._api.remove_config(each)
                except APIError as error:
                    if error.status_code not in {400, 404}:
                        raise
