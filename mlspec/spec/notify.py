"""`notify:` who hears of what."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from mlspec.spec.containers import VariableName
from mlspec.spec.values import Command, Section, matching

NotifyKindName = Literal["webhook", "command", "github-issue"]
ConditionName = Literal["held", "failed", "drift", "performance", "stale"]
ALL: Final[tuple[ConditionName, ...]] = ("held", "failed", "drift", "performance", "stale")
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}", re.ASCII)
Repository = Annotated[str, *matching(_REPOSITORY, "a repository's name", "such as `owner/name`")]


class NotifySpec(Section):
    """One way to tell people, used once per change: when a condition begins, and when it is over."""

    kind: NotifyKindName = Field(
        description="`webhook`: a POST of the JSON that Slack takes. `command`: a command with the notice as JSON on "
        "its standard input. `github-issue`: an issue, closed when it is over, by the token in `GITHUB_TOKEN`."
    )
    when: tuple[ConditionName, ...] = Field(
        default=ALL,
        min_length=1,
        description="What is told: `held` (a gate failed, a person has to decide), `failed` (a training, rollout or "
        "other action), `drift`, `performance` (a metric of late labels), `stale` (data).",
    )
    url: VariableName | None = Field(
        default=None, description="With `webhook`: the name of the environment variable that holds its address."
    )
    command: Command | None = Field(
        default=None,
        description="With `command`: the command, run in the root by a shell. Not in projects that CI deploys: a job "
        "that holds a token runs nothing of the repository's.",
    )
    repository: Repository | None = Field(
        default=None, description="With `github-issue`: the repository; the one that CI runs for where left out."
    )
