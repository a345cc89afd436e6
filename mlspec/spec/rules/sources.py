"""Rules for `data.sources:` one way to have each, no secrets in the spec, one declaration of each snapshot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from mlspec.spec.problem import Fault, Path
from mlspec.spec.sources import WAYS, SourceSpec

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)
_SECRET: Final = re.compile(
    r"(.*[_-])?(token|sig|signature|key|apikey|secret|password|passwd|credential|auth)", re.IGNORECASE
)
_NO_FILE: Final = frozenset({"memory", "local", "data", "reference", "generic"})
"""What fsspec knows and no other machine has."""
_ENV_HINT: Final = "keep it in an environment variable, and name that: `token_env: NAME`"


def check_sources(sources: Sequence[SourceSpec], place: Path = ("data", "sources")) -> Iterator[Fault]:
    """Faults of how sources are had; `place` is where they stand."""
    for index, source in enumerate(sources):
        at: Path = (*place, index)
        yield from _twice(source, sources[:index], at)
        yield from _one_way(source, at)
        yield from _url(source, at)
        yield from _beside(source, at)


def _twice(source: SourceSpec, before: Sequence[SourceSpec], at: Path) -> Iterator[Fault]:
    for field in ("name", "path"):
        value = getattr(source, field)
        if any(getattr(other, field) == value for other in before):
            yield Fault((*at, field), f"another source has the {field} `{value}`", "choose another")
            return


def _one_way(source: SourceSpec, at: Path) -> Iterator[Fault]:
    given = [way for way in WAYS if getattr(source, way) is not None]
    for way in given[1:]:
        yield Fault((*at, way), f"`{given[0]}` and `{way}` are both here", "a source has one of them")
    if source.folder is not None and source.path != source.folder:
        yield Fault((*at, "path"), "`path` and `folder` are both here", "a source has one of them")


def _url(source: SourceSpec, at: Path) -> Iterator[Fault]:
    if source.url is None:
        return
    try:
        parts = urlsplit(source.url)
    except ValueError:
        parts = urlsplit("")
    scheme = parts.scheme.lower()
    if not _SCHEME.fullmatch(scheme) or "://" not in source.url or "::" in source.url or scheme in _NO_FILE:
        yield Fault((*at, "url"), "this is no address", "such as `https://example.com/wine.csv` or `s3://bucket/key`")
        return
    if scheme in {"http", "https"} and not parts.hostname:
        yield Fault((*at, "url"), "this address names no server", "such as `https://example.com/wine.csv`")
    if parts.password is not None:
        yield Fault(
            (*at, "url"), "the address holds a password, which everybody with the repository can read", _ENV_HINT
        )
    secret = next((name for name, _ in parse_qsl(parts.query) if _SECRET.fullmatch(name)), "")
    if secret:
        words = f"the address holds a secret (`{secret}=`), which everybody with the repository can read"
        yield Fault((*at, "url"), words, _ENV_HINT)


def _beside(source: SourceSpec, at: Path) -> Iterator[Fault]:
    """Fields that mean something for one way only."""
    if is_fetched(source) and not source.path.lower().endswith(".csv"):
        yield Fault((*at, "path"), f"`{source.path}` is no name of a CSV file", f"such as `data/{source.name}.csv`")
    if source.token_env is not None and source.way != "url":
        yield Fault((*at, "token_env"), "`token_env` is for an `https` address", "remove it")
    if source.deps and source.command is None:
        yield Fault((*at, "deps"), "`deps` is for a `command`", "remove it")
    if source.timeout is not None and source.way in {"file", "folder"}:
        yield Fault((*at, "timeout"), "nothing is fetched here, so `timeout` means nothing", "remove it")
    yield from _stale(source, at)
    if source.s3 is not None and source.s3.endpoint and "@" in source.s3.endpoint:
        yield Fault((*at, "s3", "endpoint"), "the address holds a secret", "keys come from the environment")


def _stale(source: SourceSpec, at: Path) -> Iterator[Fault]:
    if "stale" not in source.model_fields_set:
        return
    if is_fetched(source):
        hint = "remove it: what is older than `freshness` is fetched anew"
        yield Fault((*at, "stale"), "`stale` is for files of the repository, which nobody can fetch", hint)
    elif source.freshness is None:
        hint = "say how old the data may be, such as `freshness: 7d`"
        yield Fault((*at, "stale"), "`stale` means nothing without `freshness`", hint)


def declared(source: SourceSpec) -> dict[str, object]:
    """What two models have to say alike of a snapshot that they share."""
    return source.model_dump(exclude_defaults=True)


def is_fetched(source: SourceSpec) -> bool:
    """Whether its data comes from elsewhere."""
    return source.way not in {"file", "folder"}
