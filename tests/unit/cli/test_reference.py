"""The reference pages name everything that there is: verbs, options, exit codes, reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import typer

from mlspec import errors
from mlspec.cli.app import app
from mlspec.domain.plan import ActionKind
from mlspec.domain.reason import HeldReason, ReasonKind

PAGES = Path(__file__).parents[3] / "docs" / "reference"
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def page(name: str) -> str:
    """The text of one page."""
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def sections(text: str, level: str) -> dict[str, str]:
    """Heading → what stands below it."""
    parts = re.split(rf"^{level} (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def options(command: Any) -> Iterator[str]:
    """The spellings of a command's options."""
    for parameter in command.params:
        if parameter.param_type_name == "option":
            yield from (*parameter.opts, *parameter.secondary_opts)


def test_every_verb_has_a_section_and_no_section_is_of_nothing() -> None:
    headings = {heading.removeprefix("`").partition(" ")[0].strip("`") for heading in sections(page("cli"), "###")}
    assert headings == set(COMMANDS)


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_a_verb_s_section_names_all_its_options_and_no_others(verb: str) -> None:
    [section] = [text for head, text in sections(page("cli"), "###").items() if re.match(rf"`{verb}\b", head)]
    listed = set(
        re.findall(r"(?<![\w-])-{1,2}[a-z][a-z-]*", " ".join(re.findall(r"^\| `.*?` \|", section, re.MULTILINE)))
    )
    assert listed == set(options(COMMANDS[verb]))


def test_the_common_options_are_named() -> None:
    group = typer.main.get_command(app)
    assert [name for name in options(group) if f"`{name}" not in page("cli")] == []


def test_every_exit_code_is_explained() -> None:
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert {code for code in codes if f"\n| {code} |" not in page("cli")} == set()


@pytest.mark.parametrize("words", [ReasonKind, HeldReason])
def test_every_reason_is_explained_and_nothing_else(words: type[StrEnum]) -> None:
    section = list(sections(page("reasons"), "##").values())[words is HeldReason]
    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == sorted(words)


def test_every_action_is_named() -> None:
    assert [kind for kind in ActionKind if f"`{kind}`" not in page("documents")] == []
