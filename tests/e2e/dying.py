"""The real command line, killed with its whole process group before (or during) one of its effects.

`python dying.py LIST POINT VERB…`: every effect is a line in the file LIST. POINT is empty (nothing happens),
`before EFFECT`, `during EFFECT SECONDS`, or `copy EFFECT FOLDER` (then nobody dies: the world of the project is copied
as a death would leave it). EFFECT is a name such as `run:train`, or a number.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from docker.api.client import APIClient

from mlspec.adapters.dvc.pipeline import DvcPipeline
from mlspec.adapters.git.held import HeldLease
from mlspec.adapters.git.lease import GitLeases
from mlspec.adapters.git.writer import Writer
from mlspec.adapters.process.runtime import ProcessRuntime
from mlspec.adapters.workfiles import WorkFiles
from mlspec.cli.run import run

EFFECTS = (
    (WorkFiles, ("write", "remove")),
    (DvcPipeline, ("run", "push", "materialise", "checkout")),
    (Writer, ("commit", "restore", "tag", "append")),
    (GitLeases, ("acquire", "push")),
    (HeldLease, ("release",)),
    (ProcessRuntime, ("deploy", "scale", "retire")),
    (APIClient, ("_post", "_put", "_delete")),
)
REQUESTS = {"_post": "POST", "_put": "PUT", "_delete": "DELETE"}
OBJECT = re.compile(r"(?<=/)((sha256:)?[0-9a-f]{12,}|mlspec-[^/]*)(?=/|$)")
LOOK = re.compile(r"(^|/)exec(/|$)")
"""A command in a container only looks, and as often as it takes: it counts as no effect."""


def die() -> None:
    """SIGKILL to ourselves and to every git, DVC and stage that we started."""
    os.killpg(0, signal.SIGKILL)


def name_of(method: str, args: tuple[Any, ...]) -> str:
    """`run:train`, `tag:toy@v0.1.0`, `commit:mlspec:_train_toy_v0.1.0`; `POST:containers/*/start` of the engine."""
    if method in REQUESTS:
        path = args[0].partition("?")[0].split("/", 4)[4]  # http+docker://localhost/v1.41/…
        return f"{REQUESTS[method]}:{OBJECT.sub('*', path)}"
    if not args:
        return method
    first = args[1] if method in {"run", "commit"} else args[0]
    if method in {"deploy", "materialise"}:
        return method
    return f"{method}:{getattr(first, 'name', first)}".replace(" ", "_")


def is_none(method: str, name: str, args: tuple[Any, ...]) -> bool:
    """Whether this changes nothing: a look into a container, the removal of what is not there."""
    if method in REQUESTS:
        return LOOK.search(name.partition(":")[2]) is not None
    return method == "remove" and not os.path.lexists(args[0])


class Watch:
    """Counts effects and dies at the one that was asked for."""

    def __init__(self, listing: Path, point: str) -> None:
        self.listing = listing
        self.number = 0
        self.how, self.effect, self.more = [*point.split(), "", "", ""][:3]

    def say(self, line: str) -> None:
        """One more line in the list, on disk before anything else happens."""
        with self.listing.open("a") as stream:
            stream.write(f"{line}\n")

    def wrap(self, owner: type, method: str) -> None:
        """Watch one method."""
        original: Callable[..., Any] = getattr(owner, method)

        @wraps(original)
        def watched(port: Any, *args: Any, **kwargs: Any) -> Any:
            name = name_of(method, args)
            if is_none(method, name, args):
                return original(port, *args, **kwargs)
            self.number += 1
            now = self.how if self.effect in {name, str(self.number)} else ""
            if now == "before":
                die()
            if now == "copy":
                shutil.copytree(Path.cwd().parent, self.more, symlinks=True)
            self.say(name)
            if now == "during":
                threading.Timer(float(self.more), die).start()
            result = original(port, *args, **kwargs)
            if now == "during":
                time.sleep(30)  # it was faster than its death: wait for that
            if getattr(result, "ran", False):
                self.say(f"ran:{result.stage}")
            return result

        setattr(owner, method, watched)


def main() -> int:
    """Watch all effects, then do as the command line says."""
    watch = Watch(Path(sys.argv[1]), sys.argv[2])
    for owner, methods in EFFECTS:
        for method in methods:
            watch.wrap(owner, method)
    return run(sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
