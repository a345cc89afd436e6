"""Code: what a command of one's own runs and reads, first-party Python imports included."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.trigger import Lines, TriggerKind
from mlspec.spec.model import ModelSpec

_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)*", re.ASCII)


class CodeTrigger:
    """`training.deps`, and the Python files and modules that `training.command` names."""

    name = "code"

    def inputs(self, spec: ModelSpec, line: Lines) -> Iterable[Subject | FileRef]:
        """See TriggerKind."""
        training = spec.training
        named = set(training.deps)
        for index, path in enumerate(training.deps):
            yield FileRef(path, ReasonKind.CODE_CHANGED, line("training", "deps", index), follow=True)
        for path, module in entries(training.command or ""):
            if path not in named:
                where = line("training", "command")
                yield FileRef(path, ReasonKind.CODE_CHANGED, where, follow=True, optional=module)


def entries(command: str) -> Iterator[tuple[str, bool]]:
    """`python a.py` → a.py; `python -m pkg.mod` → its possible files, which may be somebody else's package."""
    words = _words(command)
    for before, word in zip(["", *words], words, strict=False):
        if before == "-m":
            base = word.replace(".", "/")
            yield from ((f"{root}{base}{end}", True) for root in ("", "src/") for end in (".py", "/__main__.py"))
        elif word.endswith(".py") and not word.startswith("/"):
            yield word.removeprefix("./"), False


def named(command: str) -> Iterator[str]:
    """What else in a command may be a file of the repository: `bash run.sh`, `--config=conf.yaml`."""
    for word in _words(command):
        path = word.rpartition("=")[2].removeprefix("./")
        if _PATH.fullmatch(path) and not path.endswith(".py"):
            yield path


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command, comments=True)
    except ValueError:
        return command.split()


KIND: Final[TriggerKind] = CodeTrigger()
