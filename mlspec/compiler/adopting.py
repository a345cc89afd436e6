"""Newer pins that an update bot wrote into generated workflows: taken into the project's spec, not reverted. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from mlspec.compiler.files import project_files
from mlspec.kinds.ci._pins import newer, order
from mlspec.spec.ci import PinSpec
from mlspec.spec.project import ProjectSpec

_DIGEST: Final = re.compile(r"^# mlspec-digest: .*\n", re.MULTILINE)


def newer_pins(
    project: ProjectSpec, contents: Mapping[str, bytes], schedules: Sequence[str] = ()
) -> dict[str, PinSpec]:
    """Action → the newer release that these workflows use; empty where anything else in them was edited too.

    A bot may have updated one file and not the other: with the newest of all pins both must be what compile writes.
    """
    texts = {path: data.decode(errors="replace").replace("\r\n", "\n") for path, data in contents.items()}
    found: dict[str, PinSpec] = {}
    for text in texts.values():
        for action, pin in newer(text, project.ci.pins).items():
            if action not in found or order(pin.release) > order(found[action].release):
                found[action] = pin
    wanted = project_files(with_pins(project, found), ["any"], schedules)
    same = all(_bare(_pinned(text, found)) == _bare(wanted[path].decode()) for path, text in texts.items())
    return found if same else {}


def with_pins(project: ProjectSpec, pins: Mapping[str, PinSpec]) -> ProjectSpec:
    """The project with these pins besides its own."""
    ci = project.ci.model_copy(update={"pins": {**project.ci.pins, **pins}})
    return project.model_copy(update={"ci": ci})


def _pinned(text: str, pins: Mapping[str, PinSpec]) -> str:
    for action, pin in pins.items():
        uses = re.compile(rf"(uses: {re.escape(action)}@)[0-9a-f]{{40}} # \S+$", re.MULTILINE)
        text = uses.sub(rf"\g<1>{pin.commit} # {pin.release}", text)
    return text


def _bare(text: str) -> str:
    return _DIGEST.sub("", text, count=1)
