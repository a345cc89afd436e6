"""`data.sources:` the tables that a model is trained on, and how each is had."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator

from mlspec.spec.values import Command, Duration, Name, RepositoryPath, Section, Text, fault

Way = Literal["file", "folder", "url", "remote", "sql", "s3", "command"]
"""How a source is had; the names of the kinds in `mlspec.kinds.source`."""

WAYS: Final = ("folder", "url", "sql", "s3", "command")
"""The fields of which a source has at most one; with none of them it is a file of the repository."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)


def _env_name(text: str) -> str:
    """The text itself is not shown where it is none: it may be the secret."""
    if not _NAME.fullmatch(text):
        hint = "the secret itself stays out of the spec: export it, and write its variable's name, as `WAREHOUSE_URL`"
        raise fault("this is not the name of an environment variable", hint)
    return text


EnvName = Annotated[str, AfterValidator(_env_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})]


class SqlSource(Section):
    """The rows of a query. What it returned when it was asked last is the data: it is kept as a CSV file."""

    query: Command = Field(description="The query. Rows that come in another order are the same data.")
    url_env: EnvName = Field(
        description="The environment variable with SQLAlchemy's URL, such as `postgresql://user:password@host/db`."
    )
    probe: Command | None = Field(
        default=None,
        description="A cheap query whose answer changes when the data does, such as `SELECT max(id), count(*) FROM t`: "
        "`plan` asks it.",
    )


class S3Source(Section):
    """An object in an S3 bucket. Keys come from the environment or the profile, as for every AWS tool."""

    bucket: Text = Field(description="The bucket.")
    key: Text = Field(description="The object's key.")
    endpoint: Text | None = Field(default=None, description="The address of a server that is not Amazon's.")
    profile: Text | None = Field(default=None, description="The profile in the AWS configuration files.")


def _only_name(schema: dict[str, Any]) -> None:
    """All but plain files get a path by themselves."""
    schema["required"] = ["name"]


class SourceSpec(Section):
    """One table that the model is trained on: one of `folder`, `url`, `sql`, `s3` and `command`, or only a `path`.

    What comes from elsewhere is kept as a CSV file at `path`, tracked by DVC: a commit pins the data.
    """

    model_config = ConfigDict(json_schema_extra=_only_name)

    name: Name = Field(description="What the source is called in plans and reports.")
    path: RepositoryPath = Field(
        description="A CSV file of the repository, kept by git or by DVC. Where the data comes from elsewhere, its "
        "snapshot: `data/NAME.csv` unless said otherwise.",
    )
    freshness: Duration | None = Field(
        default=None,
        description="How old the data may be, such as `7d`. Of what is fetched: sooner, a change at the source is "
        "shown and waits; later, the source is asked again; without it a change is taken in when it is seen. Of files "
        "of the repository: since their last change in git; later, plans and `status` say `StaleData`.",
    )
    stale: Literal["warn", "fail"] = Field(
        default="warn",
        description="With `freshness` of files of the repository: what happens once they are older. `warn` says so; "
        "`fail` also trains nothing on them.",
    )
    folder: RepositoryPath | None = Field(
        default=None, description="A folder of CSV files with the same header, read as one table in the order of names."
    )
    url: Text | None = Field(
        default=None,
        description="A CSV file elsewhere: `https://…`, or any address that fsspec knows, such as `s3://bucket/key`, "
        "`gs://…`, `sftp://…` or `file:///mnt/…`.",
    )
    token_env: EnvName | None = Field(
        default=None, description="The environment variable with a token that an `https` server wants (`Bearer`)."
    )
    sql: SqlSource | None = Field(default=None, description="The rows of a query.")
    s3: S3Source | None = Field(default=None, description="An object in an S3 bucket.")
    command: Command | None = Field(
        default=None, description="A command that writes the table to the file that `$MLSPEC_OUTPUT` names."
    )
    deps: tuple[RepositoryPath, ...] = Field(
        default=(), description="What the command reads: where it changes, the command is run again."
    )
    timeout: Duration | None = Field(
        default=None, description="How long fetching may take, such as `30m`: an hour unless said otherwise."
    )

    @model_validator(mode="before")
    @classmethod
    def _place(cls, data: Any) -> Any:
        """Everything that is read or kept has a path."""
        if not isinstance(data, Mapping) or data.get("path") is not None:
            return data
        if data.get("folder") is not None:
            return {**data, "path": data["folder"]}
        return {**data, "path": f"data/{data.get('name')}.csv"} if any(data.get(way) for way in WAYS) else data

    @property
    def way(self) -> Way:
        """How the source is had."""
        if self.url is not None:
            return "url" if self.url.lower().startswith(("http://", "https://")) else "remote"
        found: tuple[Way, ...] = ("folder", "sql", "s3", "command")
        return next((way for way in found if getattr(self, way) is not None), "file")
