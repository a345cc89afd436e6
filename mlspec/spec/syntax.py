"""What the YAML parser does not understand, in words that say what to look for."""

from __future__ import annotations

from typing import Final

from yaml import MarkedYAMLError, YAMLError

from mlspec.spec.problem import Position, shown

_INDENT: Final = "check the indentation of this line and the one before"

_HINTS: Final = {
    "cannot start any token": "indent with blanks, not tabs; text that starts with `@` or `%` needs quotes",
    "mapping values are not allowed": "put text that holds `: ` in quotes, and check the indentation",
    "did not find expected key": _INDENT,
    "did not find expected '-' indicator": _INDENT,
    "did not find expected ',' or": "a bracket or a comma is missing",
    "unexpected end of stream": "a closing quote is missing",
    "could not find expected ':'": "a colon is missing, or a quote does not end",
}


def explain_syntax(error: YAMLError) -> tuple[Position, str, str]:
    """Position, message and hint of a syntax error."""
    problem, position = str(error), (1, 1)
    if isinstance(error, MarkedYAMLError):
        problem = str(error.problem or error.context or problem)
        mark = error.problem_mark or error.context_mark
        position = (mark.line + 1, mark.column + 1) if mark else position
    hint = next((hint for words, hint in _HINTS.items() if words in problem), "")
    return position, f"this is not valid YAML: {shown(problem, 120)}", hint
