"""Values that CI fills in: `secret:NAME` and `var:NAME` of the forge, `value:TEXT` as it stands."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from mlspec.spec.values import fault, matching

_REFERENCE: Final = re.compile(r"(secret|var):[A-Za-z_][A-Za-z0-9_]*|value:.*", re.ASCII | re.DOTALL)
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_ENVIRONMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}", re.ASCII)
_RUNNERS: Final = ("GITHUB_", "RUNNER_", "ACTIONS_", "CI_", "GIT_", "MLSPEC_")
_SHELLS: Final = frozenset({"PATH", "HOME", "IFS", "SHELL", "BASH_ENV", "ENV", "LD_PRELOAD", "LD_LIBRARY_PATH", "CI"})
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise fault(
            f"`{text}` does not say what it is", "write `secret:NAME`, `var:NAME`, or `value:` and the text itself"
        )
    if text.rpartition(":")[2].lower() in _WORDS and not text.startswith("value:"):
        raise fault(f"`{text}` is a word of YAML's own", "give it another name at the forge")
    if any(char not in "\n\t" and not char.isprintable() for char in text):
        raise fault("the value holds characters that can't be seen")
    return text


def _variable(name: str) -> str:
    if name in _SHELLS or name.upper().startswith(_RUNNERS):
        raise fault(f"`{name}` is set by the runner or by mlspec", "use another name")
    return name


Reference = Annotated[
    str,
    AfterValidator(_reference),
    WithJsonSchema({"type": "string", "pattern": "^(secret:|var:)[A-Za-z_][A-Za-z0-9_]*$|^value:"}),
]
JobVariable = Annotated[
    str, *matching(_VARIABLE, "the name of an environment variable", "such as `TOKEN`"), AfterValidator(_variable)
]
EnvironmentName = Annotated[str, *matching(_ENVIRONMENT, "an environment's name", "such as `production`")]
