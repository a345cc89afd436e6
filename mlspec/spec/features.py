"""`features:` a step of one's own between the data and the training."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import Field

from mlspec.spec.values import Command, RepositoryPath, Section, Text, matching

_FUNCTION: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)

FunctionName = Annotated[str, *matching(_FUNCTION, "a function's name", "such as `shop.features:ratios`")]


class FeaturesSpec(Section):
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
