"""FROM lines: which are pinned, which are left alone, and what an image is based on in the end."""

from __future__ import annotations

import pytest

from mlspec.adapters.images.dockerfile import Base, arguments, pin

D = "sha256:" + "a" * 64


def known(name: str) -> str:
    return D if name.startswith(("python:", "host:5000/")) else ""


@pytest.mark.parametrize(
    ("text", "pinned", "base"),
    [
        ("FROM python:3.11-slim\n", f"FROM python:3.11-slim@{D}\n", Base("python:3.11-slim", D)),
        ("FROM python", f"FROM python:latest@{D}", Base("python:latest", D)),
        ("FROM host:5000/x\n", f"FROM host:5000/x:latest@{D}\n", Base("host:5000/x:latest", D)),
        ("from python:3 as Build\r\n", f"from python:3@{D} as Build\r\n", Base("python:3", D)),
        ("FROM --platform=linux/amd64 python:3\n", f"FROM --platform=linux/amd64 python:3@{D}\n", Base("python:3", D)),
        ("FROM other:1\n", "FROM other:1\n", Base("other:1", "")),
        ("FROM python:3 AS a\nFROM A\n", f"FROM python:3@{D} AS a\nFROM A\n", Base("python:3", D)),
        ("FROM python:3 AS python\nRUN x\n", f"FROM python:3@{D} AS python\nRUN x\n", Base("python:3", D)),
        ("FROM python AS python\n", f"FROM python:latest@{D} AS python\n", Base("python:latest", D)),
    ],
)
def test_bases_are_pinned(text: str, pinned: str, base: Base) -> None:
    assert pin(text, known) == (pinned, base)


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("FROM scratch\n", Base()),
        ("ARG B=python:3\nFROM ${B}\n", Base()),
        (f"FROM python:3@{D}\n", Base("python:3", D)),
        (f"FROM python@{D}\n", Base("python", D)),
        (f"FROM {D}\n", Base()),
        ("# FROM python:3\nFROM other\n", Base("other:latest")),
        ("FROM other\nRUN echo \\\n FROM python:3\n", Base("other:latest")),
        ("FROM other\nRUN echo \\\n# a note\n\n FROM python:3\n", Base("other:latest")),
        ("# escape=`\nFROM other\nRUN echo `\n FROM python:3\n", Base("other:latest")),
        ("FROM other\nRUN x\nLABEL y=FROM\n", Base("other:latest")),
        ("", Base()),
    ],
)
def test_the_rest_is_left_alone(text: str, base: Base) -> None:
    assert pin(text, known) == (text, base)


def test_a_backslash_does_not_go_on_where_the_escape_is_another() -> None:
    text = "# syntax=x\n# escape=`\nRUN dir c:\\\nFROM python:3\n"
    assert pin(text, known)[0].endswith(f"FROM python:3@{D}\n")


def test_declared_arguments() -> None:
    text = "ARG A\narg B=1 C='x y'\nRUN echo \\\nARG D\n# ARG E\n"
    assert {"A", "B", "C"} <= arguments(text)
    assert not {"D", "E"} & arguments(text)
