"""The kinds of values that spec fields hold: names, paths, numbers, sizes, each with its own plain-word check."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from mlspec.domain.metrics import METRICS
from mlspec.domain.version import Version
from mlspec.spec.units import DURATION_HINT, SIZE_HINT, parse_duration, parse_size

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}", re.ASCII)
_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)
_METRIC: Final = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_PYTHON: Final = re.compile(r"3\.(1[1-9]|[2-9][0-9])", re.ASCII)
_RUNNER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_BRANCH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_/-]*(\.[A-Za-z0-9_/-]+)*", re.ASCII)
_CRON: Final = re.compile(r"[0-9A-Za-z*,/-]+( [0-9A-Za-z*,/-]+){4}", re.ASCII)
_PRIVATE: Final = frozenset({".git", ".dvc", ".mlspec"})


class Section(BaseModel):
    """What all parts of a spec share: they can't be changed, and take no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


def later(description: str) -> Any:
    """A field that the schema knows and this version refuses."""
    return Field(default=None, description=description, json_schema_extra={"later": True})


def fault(message: str, hint: str = "") -> PydanticCustomError:
    """A problem in plain words, which the error reporter shows as it is."""
    return PydanticCustomError("mlspec", "{message}", {"message": message, "hint": hint})


def matching(pattern: re.Pattern[str], noun: str, hint: str) -> tuple[Any, Any]:
    """The metadata of a text that a pattern decides: its check and its JSON Schema."""

    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise fault(f"`{text}` is not {noun}", hint)
        return text

    return AfterValidator(check), WithJsonSchema({"type": "string", "pattern": f"^{pattern.pattern}$"})


def _measured(parse: Callable[[str], float], hint: str) -> Callable[[object], object]:
    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return parse(value)
        except ValueError as error:
            raise fault(str(error), hint) from None

    return read


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("float_type", "a number is expected")
    return value


def _version(text: str) -> str:
    try:
        return str(Version.parse(text))
    except ValueError:
        raise fault(f"`{text}` is not a version", "write it as `v0.1.0`") from None


def check_path(text: str) -> str:
    """A path of the repository, normalised; refused where it leads out of it or into what tools keep there."""
    parts = [part for part in text.split("/") if part not in {"", "."}]
    if "://" in text or text.startswith(("/", "~")) or "\\" in text:
        raise fault(f"`{text}` is not a path inside the repository", "write it relative to the project's folder")
    if ".." in parts:
        raise fault(f"`{text}` leads out of its folder", "write paths from the project's folder, without `..`")
    if not parts or text.startswith("-") or not text.isprintable():
        raise fault(f"`{text}` can't be used as a path", "name a file or folder, such as `data/wine.csv`")
    if parts[0].lower() in _PRIVATE:
        raise fault(f"`{text}` belongs to {parts[0].lower()[1:]}", "choose another place")
    return "/".join(parts)


def _one_line(text: str) -> str:
    if not text.strip():
        raise fault("the text is empty")
    if not text.isprintable():
        raise fault("the text holds a line break or a tab", "write it in one line")
    return text


def _command(text: str) -> str:
    if not text.strip():
        raise fault("the command is empty")
    return text.rstrip("\n")


def _json_schema(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema(schema)


_NAME_HINT: Final = "lower-case letters, digits and hyphens, a letter first, at most 63"

Flag = Annotated[bool, Strict()]
Integer = Annotated[int, Strict()]
Fraction = Annotated[float, Strict(), Field(gt=0, lt=1)]
Number = Annotated[int | float, BeforeValidator(_number), _json_schema(type="number")]
Name = Annotated[str, *matching(NAME, "a name", _NAME_HINT)]
Text = Annotated[str, AfterValidator(_one_line), _json_schema(type="string", minLength=1)]
Command = Annotated[str, AfterValidator(_command), _json_schema(type="string", minLength=1)]
RepositoryPath = Annotated[str, AfterValidator(check_path), _json_schema(type="string", format="path")]
DottedName = Annotated[str, *matching(_DOTTED, "a dotted Python name", "such as `sklearn.linear_model.Ridge`")]
PythonVersion = Annotated[str, *matching(_PYTHON, "a Python that mlspec runs on", 'such as `"3.11"`, the oldest')]
RunnerLabel = Annotated[str, *matching(_RUNNER, "a runner's label", "such as `ubuntu-24.04`")]
BranchName = Annotated[str, *matching(_BRANCH, "a branch's name", "such as `main`")]
Cron = Annotated[str, *matching(_CRON, "a cron schedule", "five fields, such as `23 3 * * *`")]
VersionName = Annotated[str, AfterValidator(_version), _json_schema(type="string", pattern=r"^v\d+\.\d+\.\d+$")]
MetricName = Annotated[
    str,
    *matching(_METRIC, "a metric's name", "lower-case letters, digits and underscores, a letter first"),
    _json_schema(anyOf=[{"enum": sorted(METRICS)}, {"type": "string", "pattern": f"^{_METRIC.pattern}$"}]),
]
Size = Annotated[
    Integer,
    BeforeValidator(_measured(parse_size, SIZE_HINT)),
    _json_schema(anyOf=[{"type": "integer"}, {"type": "string", "pattern": r"^[0-9.]+ ?([kKMGT]i?B?|B)?$"}]),
]
Duration = Annotated[
    float,
    Strict(),
    BeforeValidator(_measured(parse_duration, DURATION_HINT)),
    _json_schema(type="string", pattern=r"^[0-9.]+ ?(ms|s|m|h|d|w)$"),
]


class OrTrue:
    """Marks an optional section that may be written as `true`, all of its defaults, or `false`, none of it."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        read: dict[bool, Any] = {True: {}, False: None}
        return core_schema.no_info_before_validator_function(
            lambda value: read[value] if isinstance(value, bool) else value, handler(source)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "boolean"}, handler(schema)]}


class OrEmpty:
    """Marks a section that may be left empty (`production:`), which means all of its defaults."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            lambda value: {} if value is None else value, handler(source)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"type": "null"}]}
