"""Fields that take one value or a list of them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from mlspec.spec.values import Cron, RunnerLabel, matching

_GLOB: Final = re.compile(r"[A-Za-z0-9_.*-][A-Za-z0-9_.*/ -]{0,199}", re.ASCII)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _maybe(value: object) -> object:
    return [] if value is None else _listed(value)


def _either(**schema: Any) -> WithJsonSchema:
    text = {"type": "string"}
    return WithJsonSchema({"anyOf": [text, {"type": "array", "items": text} | schema]})


RunnerLabels = Annotated[tuple[RunnerLabel, ...], BeforeValidator(_listed), Field(min_length=1), _either(minItems=1)]
Schedules = Annotated[tuple[Cron, ...], BeforeValidator(_maybe), WithJsonSchema({
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}],
    "default": "23 3 * * *",
})]  # fmt: skip
PathPattern = Annotated[str, *matching(_GLOB, "a pattern of paths", "such as `src/**`")]
Paths = tuple[PathPattern, ...]
