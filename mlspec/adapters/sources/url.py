"""Files on web servers, by requests: told apart by ETag, else by date and size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import requests

from mlspec import __version__
from mlspec.adapters.sources._deadline import Check, fetch_within
from mlspec.adapters.sources._lacking import secret, without_variable
from mlspec.adapters.sources._table import examine
from mlspec.domain.sources import Probe, SourceRef
from mlspec.errors import MlspecError
from mlspec.ports.sources import Lack, Table

_CHUNK: Final = 2**16
_CONNECT: Final = 3.0
_READ: Final = 5.0
"""Seconds: a probe is one short answer"""
_SILENCE: Final = 60.0
"""Seconds without a byte after which a download is given up"""
_NO_HEAD: Final = frozenset({403, 405, 501})
"""What servers say that answer only GET"""
_NOISE: Final = re.compile(r"HTTPS?Connection(Pool)?\(.*?\): |Failed to establish a new connection: |\[Errno -?\d+\] ")
_GONE: Final = frozenset({404, 410})


def open_source(ref: SourceRef, root: str) -> UrlSource:
    """See mlspec.ports.sources.Source."""
    del root
    token = ref.settings.get("token_env")
    return UrlSource(str(ref.settings["url"]), str(token) if token else "", ref.timeout)


@dataclass(frozen=True, slots=True)
class UrlSource:
    """One address. `token_env` names the variable with a bearer token."""

    url: str
    token_env: str
    timeout: float

    def lacks(self) -> Sequence[Lack]:
        """See Source."""
        return list(without_variable(self.token_env))

    def probe(self) -> Probe:
        """See Source. HEAD, or the head of a GET's answer where a server knows no HEAD."""
        with self._answer("HEAD", _READ, ok=_NO_HEAD) as answer:
            if answer.status_code not in _NO_HEAD:
                return Probe(_fingerprint(answer.headers), _size(answer.headers))
        with self._answer("GET", _READ) as answer:
            return Probe(_fingerprint(answer.headers), _size(answer.headers))

    def fetch(self, into: str, environ: Mapping[str, str]) -> Table:
        """See Source."""
        del environ
        fingerprint = fetch_within(self.timeout, self._host, into, self._write)
        return examine(Path(into), fingerprint=fingerprint)

    def _write(self, into: Path, check: Check) -> str:
        with self._answer("GET", min(_SILENCE, self.timeout)) as answer, into.open("wb") as stream:
            for chunk in answer.iter_content(_CHUNK):
                check()
                stream.write(chunk)
            # requests takes a connection that breaks off for the end of a file
            wanted, size = _size(answer.headers), stream.tell()
        if wanted is not None and size != wanted:
            raise MlspecError(f"{self._host} sent {size:,} of {wanted:,} bytes", hint="run the same again")
        return _fingerprint(answer.headers)

    @property
    def _host(self) -> str:
        return requests.utils.urlparse(self.url).hostname or self.url  # type: ignore[attr-defined]

    @contextmanager
    def _answer(self, method: str, read: float, ok: frozenset[int] = frozenset()) -> Iterator[requests.Response]:
        """An answer of success; MlspecError in words otherwise."""
        headers = {"Accept-Encoding": "identity", "User-Agent": f"mlspec/{__version__}"}
        if self.token_env:
            headers["Authorization"] = f"Bearer {secret(self.token_env)}"
        try:
            with (
                requests.Session() as session,
                session.request(
                    method, self.url, headers=headers, timeout=(_CONNECT, read), stream=True, allow_redirects=True
                ) as answer,
            ):
                if not answer.ok and answer.status_code not in ok:
                    raise _refused(answer, self.url)
                yield answer
        except requests.RequestException as error:
            raise MlspecError(f"{self._host} does not answer: {_reason(error)}") from error


def _refused(answer: requests.Response, url: str) -> MlspecError:
    said = f"{answer.status_code} {answer.reason}"
    if answer.status_code in _GONE:
        return MlspecError(f"there is no {url} any more: {said}", hint="correct the address")
    hint = "is the token right?" if answer.status_code in {401, 403} else ""
    return MlspecError(f"{url} says {said}", hint=hint)


def _reason(error: requests.RequestException) -> str:
    """The innermost words: requests wraps urllib3's wrapped errors."""
    inner: BaseException = error
    while (deeper := getattr(inner, "reason", None) or (inner.args[0] if inner.args else None)) is not None:
        if not isinstance(deeper, BaseException):
            break
        inner = deeper
    return _NOISE.sub("", str(inner).rpartition(">: ")[2]) or type(error).__name__


def _fingerprint(headers: Mapping[str, str]) -> str:
    if etag := headers.get("ETag"):
        return f"etag {etag}"
    size, date = _size(headers), headers.get("Last-Modified")
    parts = [f"modified {date}"] * bool(date) + [f"{size} bytes"] * (size is not None)
    return ", ".join(parts)


def _size(headers: Mapping[str, str]) -> int | None:
    text = headers.get("Content-Length", "")
    return int(text) if text.isdecimal() and "Content-Encoding" not in headers else None
