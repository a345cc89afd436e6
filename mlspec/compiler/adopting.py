"""Newer pins that an update bot wrote into generated workflows: taken into the project's spec, not reverted. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from mlspec.compiler.files import project_files
from mlspec.kinds.ci._pins import Newer, newer, newer_image, order
from mlspec.spec.ci import PinSpec
from mlspec.spec.project import ProjectSpec

_DIGEST: Final = re.compile(r"^# mlspec-digest: .*\n", re.MULTILINE)


def newer_pins(project: ProjectSpec, contents: Mapping[str, bytes], schedules: Sequence[str] = ()) -> Newer:
    """The newer releases and image that these workflows use; nothing where anything else in them was edited too.

    A bot may have updated one file and not the other: with the newest of all pins both must be what compile writes.
    """
    texts = {path: data.decode(errors="replace").replace("\r\n", "\n") for path, data in contents.items()}
    found: dict[str, PinSpec] = {}
    gitlab = texts.get(project.ci.file, "") if "gitlab" in project.ci.providers else ""
    for text in texts.values():
        for action, pin in newer(text, project.ci.pins).items():
            if action not in found or order(pin.release) > order(found[action].release):
                found[action] = pin
    news = Newer(found, newer_image(gitlab, project.ci) if gitlab else "")
    wanted = project_files(with_news(project, news), ["any"], schedules)
    same = all(_bare(_pinned(text, found)) == _bare(wanted[path].decode()) for path, text in texts.items())
    return news if same else Newer()


def with_news(project: ProjectSpec, news: Newer) -> ProjectSpec:
    """The project with these pins besides its own, and this image."""
    ci = project.ci.model_copy(
        update={"pins": {**project.ci.pins, **news.pins}, "image": news.image or project.ci.image}
    )
    return project.model_copy(update={"ci": ci})


def _pinned(text: str, pins: Mapping[str, PinSpec]) -> str:
    for action, pin in pins.items():
        uses = re.compile(rf"(uses: {re.escape(action)}@)[0-9a-f]{{40}} # \S+$", re.MULTILINE)
        text = uses.sub(rf"\g<1>{pin.commit} # {pin.release}", text)
    return text


def _bare(text: str) -> str:
    return _DIGEST.sub("", text, count=1)
