"""The rows of a query, by SQLAlchemy: written as CSV, and the same data in whatever order they come."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlspec.adapters.sources._deadline import Check, fetch_within
from mlspec.adapters.sources._lacking import secret, without_package, without_variable
from mlspec.adapters.sources._table import examine
from mlspec.domain.sources import Probe, SourceRef
from mlspec.errors import MlspecError
from mlspec.ports.sources import Lack, Table

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_BATCH: Final = 10_000
"""Rows that are in memory at a time, where the driver can"""
_MODULUS: Final = 2**256
_EXTRA: Final = "sql"


def open_source(ref: SourceRef, root: str) -> SqlSource:
    """See mlspec.ports.sources.Source."""
    del root
    probe = ref.settings.get("probe")
    url, query = str(ref.settings["url_env"]), str(ref.settings["query"])
    return SqlSource(url, query, str(probe) if probe else "", ref.timeout)


@dataclass(frozen=True, slots=True)
class SqlSource:
    """One query. Everything is rolled back in the end: a source is read, never written to."""

    url_env: str
    query: str
    probing: str
    timeout: float

    def lacks(self) -> Sequence[Lack]:
        """See Source."""
        return [*without_variable(self.url_env), *without_package("sqlalchemy", _EXTRA)]

    def probe(self) -> Probe:
        """See Source."""
        with self._connection() as connection:
            return Probe(_fingerprint(connection, self.probing))

    def fetch(self, into: str, environ: Mapping[str, str]) -> Table:
        """See Source. The probe is asked first: what changes in between is seen the next time."""
        del environ
        fingerprint, same = fetch_within(self.timeout, f"the database behind {self.url_env}", into, self._write)
        return examine(Path(into), fingerprint=fingerprint, same=same)

    def _write(self, into: Path, check: Check) -> tuple[str, str]:
        with self._connection() as connection:
            fingerprint = _fingerprint(connection, self.probing) if self.probing else ""
            return fingerprint, _write(connection, self.query, into, check)

    def _engine(self) -> Engine:
        """Errors name the variable, never its value: that holds a password."""
        import sqlalchemy as sa  # noqa: PLC0415 - an extra

        try:
            url = sa.make_url(_with_driver(secret(self.url_env)))
            if "@" in (url.host or ""):  # the rest of a password, which drivers would show as the host's name
                hint = "write an `@` in a password as %40"
                raise MlspecError(f"{self.url_env} names a host with an `@`", hint=hint)
            return sa.create_engine(url, poolclass=sa.pool.NullPool)
        except ModuleNotFoundError as error:
            hint = f"pip install it; 'mlspec[{_EXTRA}]' brings PostgreSQL's"
            raise MlspecError(f"{self.url_env} asks for the driver {error.name}", hint=hint) from None
        except (sa.exc.ArgumentError, ValueError):  # a port that is no number
            hint = "such as postgresql://user:password@host/database"
            raise MlspecError(f"{self.url_env} holds no URL that SQLAlchemy can read", hint=hint) from None

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        for lack in self.lacks():
            raise MlspecError(lack.what, hint=lack.hint)
        import sqlalchemy as sa  # noqa: PLC0415 - an extra

        engine = self._engine()
        try:
            with engine.connect() as connection:
                yield connection.execution_options(no_parameters=True)
        except sa.exc.DBAPIError as error:
            raise MlspecError(f"the database behind {self.url_env} refuses: {_words(error.orig)}") from None


def _with_driver(url: str) -> str:
    """`postgresql://` means the driver that the extra brings, unless another one is installed."""
    scheme, mark, rest = url.partition("://")
    if scheme in {"postgres", "postgresql"} and mark and find_spec("psycopg2") is None:
        return f"postgresql+psycopg://{rest}"
    return url


def _words(error: BaseException | None) -> str:
    """A driver's first line; the others repeat the query."""
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__


def _fingerprint(connection: Connection, query: str) -> str:
    """The answer itself where it is short, so that people see what changed."""
    answer = connection.exec_driver_sql(query)
    rows = "; ".join(", ".join(_text(value) for value in row) for row in answer.fetchmany(100))
    digest = hashlib.sha256(rows.encode()).hexdigest()[:12]
    return f"probe {rows}" if len(rows) <= 60 and rows.isprintable() else f"probe {digest}"


def _write(connection: Connection, query: str, into: Path, check: Check) -> str:
    """Write the rows, and return what is equal for equal rows in any order: the sum of their digests."""
    answer = connection.execution_options(stream_results=True, max_row_buffer=_BATCH).exec_driver_sql(query)
    if not answer.returns_rows:
        raise MlspecError("the query gives no rows", hint="a SELECT is expected")
    total = 0
    with into.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        columns = list(answer.keys())
        writer.writerow(columns)
        for rows in answer.partitions(_BATCH):
            check()
            texts = [[_text(value) for value in row] for row in rows]
            writer.writerows(texts)
            total += sum(int.from_bytes(hashlib.sha256(repr(row).encode()).digest()) for row in texts)
    return hashlib.sha256(f"{columns} {total % _MODULUS}".encode()).hexdigest()


def _text(value: Any) -> str:
    """One spelling for each value, whatever the driver's types: NULL is an empty cell, times are ISO 8601."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() | date() | time():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case _:
            return str(value)
