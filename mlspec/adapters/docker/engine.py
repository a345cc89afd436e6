"""The engine's requests that the runtime makes, each explained where it is refused."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import docker
from docker.errors import APIError, NotFound

from mlspec.adapters.docker.client import explained, inspected, label

CONFLICT: Final = 409
FORBIDDEN: Final = 403

Found = Mapping[str, Any]
"""A container or image as the engine tells it."""


KEPT: Final = "unless-stopped"
"""The restart policy of all that takes traffic."""


class NameTaken(Exception):
    """Another container has the name."""


class Engine:
    """One engine, as far as one project needs it. Containers are named by their ids."""

    def __init__(self, client: docker.DockerClient, project: str) -> None:
        self.client = client
        self.project = project
        self._api = client.api

    def listed(self) -> Sequence[Found]:
        """All containers that this target made for the project, running or not, in one request.

        Its images have the project's label too, and hand it down to what others start from them: people by hand, and
        a swarm. None of those has a role.
        """
        with explained("the containers could not be listed"):
            wanted = [self._mine, label("role")]
            found: Sequence[Found] = self._api.containers(all=True, filters={"label": wanted})
            return found

    def inspect(self, container: str) -> Found | None:
        """A container; None where it is gone."""
        with explained("a container could not be looked at"), suppress(NotFound):
            found: Found = self._api.inspect_container(container)
            return found
        return None

    def image(self, name: str) -> Found | None:
        """An image; None where the engine has none of that name, digest or id."""
        return inspected(self.client, name)

    def create(self, name: str, **settings: Any) -> str:
        """A container that is not started yet; NameTaken where another has the name."""
        host = self._api.create_host_config(**settings.pop("host"))
        with explained(f"the container {name} could not be made"):
            try:
                made = self._api.create_container(name=name, host_config=host, **settings)
            except APIError as error:
                if error.status_code == CONFLICT:
                    raise NameTaken(name) from error
                raise
            return str(made["Id"])

    def start(self, container: str, doing: str) -> None:
        """Start what was made; MlspecError with the engine's words where a port is taken, for one."""
        with explained(doing):
            self._api.start(container)

    def keep_running(self, container: str) -> None:
        """Have it started again whenever it ends, unless somebody stops it."""
        with explained("a container could not be changed"):
            policy: Any = {"Name": KEPT}
            self._api.update_container(container, restart_policy=policy)

    def remove(self, container: str, grace: int) -> None:
        """Ask it to end, and remove it; being gone is no error."""
        with explained("a container could not be removed"):
            with _going():
                self._api.stop(container, timeout=grace)
            with _going():
                self._api.remove_container(container, v=True, force=True)

    def stop(self, container: str, grace: int) -> None:
        """Ask it to end; having ended is no error."""
        with explained("a container could not be stopped"), _going():
            self._api.stop(container, timeout=grace)

    def signal(self, container: str, name: str) -> None:
        """Send a signal to its first process."""
        with explained("a container could not be told something"):
            self._api.kill(container, name)

    def processes(self, container: str) -> list[tuple[int, int]]:
        """(pid, parent) of each process in it, with the host's numbers; none while it does not run."""
        with explained("a container's processes could not be listed"), _going():
            rows = self._api.top(container, ps_args="-eo pid,ppid")["Processes"]
            return [(int(pid), int(parent)) for pid, parent in rows]
        return []

    def write(self, container: str, folder: str, name: str, text: str) -> None:
        """Put a file that all may read into it."""
        data = text.encode()
        with io.BytesIO() as stream:
            with tarfile.open(fileobj=stream, mode="w") as archive:
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(data), 0o644
                archive.addfile(member, io.BytesIO(data))
            with explained(f"{name} could not be put into a container"):
                self._api.put_archive(container, folder, stream.getvalue())

    def read(self, container: str, path: str) -> str | None:
        """A file of it, whether it runs or not; None where there is none."""
        with explained(f"{path} of a container could not be read"), suppress(NotFound):
            chunks, _ = self._api.get_archive(container, path)
            with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
                member = archive.extractfile(archive.next() or tarfile.TarInfo())
                return member.read().decode(errors="replace") if member else None
        return None

    def begin(self, container: str, command: Sequence[str]) -> str:
        """Start a command in a container; the id by which `ended` knows it, empty where it can't be started now."""
        with explained("a command could not be started in a container"):
            try:
                made = self._api.exec_create(container, list(command))
                self._api.exec_start(made["Id"], detach=True)
            except APIError:  # the container just ended, or has no such program
                return ""
            return str(made["Id"])

    def ended(self, command: str) -> int | None:
        """The exit status of a command; None while it runs."""
        with explained("a command in a container could not be looked at"), suppress(NotFound):
            found = self._api.exec_inspect(command)
            return None if found["Running"] else found["ExitCode"]
        return 1

    def run(self, container: str, command: Sequence[str]) -> tuple[int, str]:
        """Run a command in it: the exit status and all that it printed."""
        with explained("a command could not be run in a container"):
            made = self._api.exec_create(container, list(command))
            output = self._api.exec_start(made["Id"])
            return int(self._api.exec_inspect(made["Id"])["ExitCode"]), output.decode(errors="replace")

    def log(self, container: str, lines: int, *, times: bool = False) -> list[str]:
        """Its newest log lines; with `times` each begins with the moment and a blank."""
        with explained("a container's log could not be read"), suppress(NotFound):
            data: bytes = self._api.logs(container, tail=lines, timestamps=times)
            return data.decode(errors="replace").splitlines()
        return []

    def networks(self, environment: str) -> list[str]:
        """The ids of the project's networks for an environment."""
        wanted = [self._mine, f"{label('environment')}={environment}"]
        with explained("the networks could not be listed"):
            return sorted(found["Id"] for found in self._api.networks(filters={"label": wanted, "driver": "bridge"}))

    def make_network(self, name: str, environment: str) -> str:
        """A network of its own; NameTaken where somebody else's has the name."""
        labels = {label("project"): self.project, label("environment"): environment}
        with explained(f"the network {name} could not be made"):
            try:
                return str(self._api.create_network(name, driver="bridge", check_duplicate=True, labels=labels)["Id"])
            except APIError as error:
                if error.status_code == CONFLICT:
                    raise NameTaken(name) from error
                raise

    def remove_network(self, network: str) -> None:
        """Remove it unless somebody is still in it."""
        with explained("a network could not be removed"):
            try:
                self._api.remove_network(network)
            except APIError as error:
                if error.status_code not in {404, FORBIDDEN}:
                    raise

    @property
    def _mine(self) -> str:
        return f"{label('project')}={self.project}"


@contextmanager
def _going() -> Iterator[None]:
    """Gone already, being removed by another, or not running."""
    try:
        yield
    except APIError as error:
        if error.status_code not in {404, CONFLICT}:
            raise
