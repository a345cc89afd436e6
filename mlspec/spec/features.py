"""`features:` a step of one's own between the data and the training."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from mlspec.spec.sources import SourceSpec
from mlspec.spec.values import Command, Name, RepositoryPath, Section, Text, matching

_FUNCTION: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)

FunctionName = Annotated[str, *matching(_FUNCTION, "a function's name", "such as `shop.features:ratios`")]


class Features(Section):
    """A step of your own between the data and the training: a `command` that writes a table, or a `function`."""

    command: Command | None = Field(
        default=None,
        description="A shell command that reads the sources and writes the table to train on, run from the "
        "repository's root. This or `function`.",
    )
    function: FunctionName | None = Field(
        default=None,
        description="A function of the repository's own code, `package.module:function`, that makes a DataFrame of "
        "features out of one of raw columns, row by row. The server applies the same to each request. This or "
        "`command`.",
    )
    inputs: tuple[Text, ...] | None = Field(
        default=None,
        min_length=1,
        description="With `function`: the raw columns that it takes, which are what the server is sent; all but the "
        "target where left out.",
    )
    deps: tuple[RepositoryPath, ...] = Field(
        default=(),
        description="With `command`: files and folders that it reads, besides the sources. Python modules that it "
        "imports from the repository are found without being named.",
    )
    outs: tuple[RepositoryPath, ...] = Field(
        default=(), description="With `command`: files that it writes. The first is the table, a CSV file."
    )


class FeaturesSpec(Features):
    """A step of your own between the data and the training: a `command` that writes a table, or a `function`."""

    from_: Name | None = Field(
        default=None,
        alias="from",
        description="The `Features` document that has it, which other models share. In place of all other fields.",
    )


class FeaturesDocument(Features):
    """A step between the data and the training that several models share: a `command` is run once for all of them."""

    api_version: Literal["mlspec/v1"] = Field(
        default="mlspec/v1", alias="apiVersion", description="The version of this format: `mlspec/v1`."
    )
    kind: Literal["Features"] = Field(default="Features", description="`Features`.")
    name: Name = Field(description="What models call it by: lower-case letters, digits and hyphens.")
    description: str = Field(default="", description="What it is for, in a sentence.")
    owners: tuple[Text, ...] = Field(default=(), description="Who to ask about it.")
    sources: tuple[SourceSpec, ...] = Field(
        default=(), description="With `command`: the tables that it reads, as in `data.sources` of a model."
    )


class SharedFeatures(FeaturesSpec):
    """A model's features as a document has them; `origin` is the document's path."""

    sources: tuple[SourceSpec, ...] = ()
    origin: str

    @classmethod
    def of(cls, document: FeaturesDocument, origin: str) -> SharedFeatures:
        """What a model that names the document gets of it."""
        own = {name: getattr(document, name) for name in Features.model_fields}
        return cls.model_construct(**own, from_=document.name, sources=document.sources, origin=origin)
