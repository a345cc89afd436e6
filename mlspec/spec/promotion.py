"""`promote:` who or what lets a version into an environment."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from mlspec.spec.problem import suggest
from mlspec.spec.values import Duration, Section, fault, matching

_EMAIL: Final = re.compile(r"[^@\s<>,]+@[^@\s<>,]+", re.ASCII)

Email = Annotated[str, *matching(_EMAIL, "an e-mail address", "such as `ada@example.com`"), AfterValidator(str.lower)]


class AfterSpec(Section):
    """What has to have happened before a version is promoted."""

    soak: Annotated[Duration, Field(gt=0)] = Field(
        description="How long the version has to have run well in the environment of `from`, such as `24h`, counted "
        "from that environment's record. A restart because it was not well begins anew."
    )


class PromotionSpec(Section):
    """The conditions under which a version that passed its gates is promoted."""

    word: ClassVar[str] = "auto"

    after: AfterSpec | None = Field(default=None, description="What has to have happened before.")
    approvals: tuple[Email, ...] = Field(
        default=(),
        description="The e-mail addresses of those who may let a version in: by `mlspec promote`, whose tag has to be "
        "theirs, or by being the author of the commit that the version was trained from. Anybody else's tag counts "
        "for nothing. Git's identities are only as good as the protection of your branches and tags.",
    )


class _Manual(PromotionSpec):
    """`manual`."""

    word: ClassVar[str] = "manual"


AUTO: Final = PromotionSpec()
_WORDS: Final[dict[object, PromotionSpec]] = {"auto": AUTO, "manual": _Manual()}


def _read(value: object) -> object:
    if isinstance(value, str):
        if value in _WORDS:
            return _WORDS[value]
        close = suggest(value, ["auto", "manual"]) or "such as `{after: {soak: 24h}}`"
        raise fault(f"expected `auto`, `manual` or conditions, found `{value}`", close)
    if value == {}:
        raise fault("there is no condition", "write `auto`, `manual`, or such as `{after: {soak: 24h}}`")
    return value


class _OrWord:
    """The conditions, or one of two words for the usual ones."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_read, handler(source))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "enum": list(_WORDS)}, handler(schema)]}


Promotion = Annotated[PromotionSpec, _OrWord]
