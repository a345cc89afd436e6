"""Code: what a command of one's own runs and reads, first-party Python imports included."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.trigger import Lines, TriggerKind
from mlspec.spec.model import ModelSpec


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
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        words = command.split()
    for before, word in zip(["", *words], words, strict=False):
        if before == "-m":
            base = word.replace(".", "/")
            yield from ((f"{root}{base}{end}", True) for root in ("", "src/") for end in (".py", "/__main__.py"))
        elif word.endswith(".py") and not word.startswith("/"):
            yield word.removeprefix("./"), False


KIND: Final[TriggerKind] = CodeTrigger()
