"""Templates, loaded once. What a template writes is quoted for its format, so that no template can forget to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from mlspec.compiler.emit import scalar
from mlspec.compiler.header import printable
from mlspec.errors import MlspecError

_MARKER: Final = "model/Dockerfile.j2"


class Bare(str):
    """Text that a template writes as it is: known to be harmless where it is made."""

    __slots__ = ()


@cache
def root() -> Traversable:
    """The folder of templates: the repository's where mlspec runs from one, else the wheel's copy.

    The repository's comes first because an editable install can leave an old copy behind.
    """
    folder = Path(__file__).parents[2] / "templates"
    return folder if (folder / _MARKER).is_file() else files("mlspec") / "_templates"


def render(template: str, values: Mapping[str, object]) -> str:
    """A template filled in; jinja2's UndefinedError where it names a value that is not given."""
    return _template(template).render(values)


@cache
def _template(name: str) -> Template:
    return _environment(name.endswith(".yml.j2")).get_template(name)


@cache
def _environment(yaml: bool) -> Environment:  # noqa: FBT001 - the two formats that there are
    return Environment(
        # Not `{{ }}` and `{# #}`: GitHub and the shell have a use for them.
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - no HTML here; `finalize` is what quotes
        finalize=_quoting(_yaml if yaml else _docker),
        loader=FunctionLoader(lambda name: (root() / name).read_text(encoding="utf-8")),
    )


def _quoting(quote: Callable[[object], str]) -> Callable[[object], str]:
    def finalize(value: object) -> str:
        return str(value) if isinstance(value, Bare) else quote(value)

    return finalize


def _yaml(value: object) -> str:
    text = scalar(value)
    if "${{" in text:
        raise MlspecError("`${{` can't be written into a workflow", hint="take it out of the spec")
    return text


def _docker(value: object) -> str:
    """A word in double quotes; a list is the exec form, which Docker takes as JSON and never expands."""
    if isinstance(value, list | tuple):
        return _exec_form([str(item) for item in value])
    # A slash for a backslash: readers of Dockerfiles disagree on one before a quote, and there injection hides.
    text = printable(str(value)).replace("\\", "/")
    return '"' + text.replace('"', '\\"').replace("$", "\\$") + '"'


def _exec_form(words: list[str]) -> str:
    """JSON on one line. hadolint does not read a backslash before a quote, so there it is written by its number."""
    text = json.dumps(words)
    return text.replace(r"\\", r"\u005c") if r'\\"' in text else text
