"""What a command writes: run as stages are, by the Python that trains, in a process group that does not outlive us."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlspec.adapters.dvc.command import die_with_parent, end_group, environment, tail
from mlspec.adapters.sources._table import examine
from mlspec.domain.sources import Probe, SourceRef
from mlspec.errors import MlspecError, StageFailed
from mlspec.ports.sources import Lack, Table

OUTPUT: Final = "MLSPEC_OUTPUT"
_HINT: Final = f'such as: psql --csv -c "…" > "${OUTPUT}"'


def open_source(ref: SourceRef, root: str) -> CommandSource:
    """See mlspec.ports.sources.Source."""
    return CommandSource(ref.name, str(ref.settings["command"]), Path(root), ref.timeout)


@dataclass(frozen=True, slots=True)
class CommandSource:
    """One command, in the user's own shell words; all else that it is told is in its environment."""

    name: str
    command: str
    root: Path
    timeout: float

    def lacks(self) -> Sequence[Lack]:
        """See Source."""
        return []

    def probe(self) -> Probe:
        """A command is not run to see whether it would write the same."""
        return Probe("")

    def fetch(self, into: str, environ: Mapping[str, str]) -> Table:
        """See Source. Its output goes to `.mlspec/logs/sources/NAME.log`."""
        log = self.root / ".mlspec" / "logs" / "sources" / f"{self.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        Path(into).unlink(missing_ok=True)
        with log.open("wb") as stream:
            status = self._run(into, environ, stream.fileno())
        if status:
            raise StageFailed(f"the command ended with exit code {status}", status=status, details=tail(log))
        if not Path(into).is_file():
            raise MlspecError(f"the command left no file at ${OUTPUT}", hint=_HINT, details=tail(log))
        return examine(Path(into))

    def _run(self, into: str, environ: Mapping[str, str], log: int) -> int:
        process = subprocess.Popen(
            ["/bin/sh", "-c", self.command],
            cwd=self.root,
            env={**environment(os.environ, environ), OUTPUT: into},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, safe beside threads too
        )
        try:
            return process.wait(self.timeout)
        except subprocess.TimeoutExpired:
            end_group(process)
            raise MlspecError(f"the command took longer than {self.timeout:g} s", hint="raise `timeout`") from None
        except BaseException:
            end_group(process)
            raise
