"""Templates quote by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlspec.compiler.templates import Bare, _environment, root
from mlspec.errors import MlspecError


def fill(template: str, value: object, *, yaml: bool = True) -> str:
    return _environment(yaml).from_string(template).render(value=value)


def test_the_repository_is_asked_first() -> None:
    assert root() == Path(__file__).parents[3] / "templates"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("main", "main"),
        ("a: b", '"a: b"'),
        ("x\ny", '"x\\ny"'),
        ("3.11", '"3.11"'),
        (True, "true"),
        (Bare("a: b"), "a: b"),
    ],
)
def test_yaml_values(value: object, written: str) -> None:
    assert fill("k: << value >>", value) == f"k: {written}"


def test_expressions_of_github_are_refused() -> None:
    with pytest.raises(MlspecError, match="workflow"):
        fill("<< value >>", "${{ secrets.X }}")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("wine", '"wine"'),
        ('a "b"\nRUN x', '"a \\"b\\" RUN x"'),
        ("$A ${B}", '"\\$A \\${B}"'),
        ('end\\ \\"', '"end/ /\\""'),
        (["a", '"$A"\n', "b\\"], '["a", "\\"$A\\"\\n", "b\\u005c"]'),
        (["a\\nb"], '["a\\\\nb"]'),
    ],
)
def test_dockerfile_values(value: object, written: str) -> None:
    assert fill("<< value >>", value, yaml=False) == written


def test_github_and_shell_syntax_is_left_alone() -> None:
    text = "${{ github.ref }} ${#tags[@]} {% x %} {# y #} < <(z) [[ a ]]"
    assert fill(text, None) == text
