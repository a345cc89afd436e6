"""Records as git keeps them: text by content, decoded when somebody asks, for a plan asks for the newest few only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlspec.domain.record import VersionRecord
from mlspec.domain.version import Version
from mlspec.ports.cache import Cache


@dataclass(frozen=True, slots=True)
class RecordText:
    """A record that can be read, not decoded yet."""

    version: str
    text: str

    def decode(self) -> VersionRecord:
        """The record."""
        return VersionRecord.from_json(self.text)


class Records(Mapping[Version, VersionRecord]):
    """One model's records; decoding all of 1,000 models' five versions takes as long as the rest of their plan."""

    def __init__(self, texts: Mapping[Version, RecordText]) -> None:
        self._texts = texts
        self._decoded: dict[Version, VersionRecord] = {}

    def __getitem__(self, version: Version) -> VersionRecord:
        if version not in self._decoded:
            self._decoded[version] = self._texts[version].decode()
        return self._decoded[version]

    def __contains__(self, version: object) -> bool:
        return version in self._texts

    def __iter__(self) -> Iterator[Version]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def read_texts(
    cache: Cache,
    oids: Iterable[str],
    messages: Callable[[Iterable[str]], Mapping[str, str]],
    namespace: str = "tagged-records",
) -> dict[str, RecordText]:
    """The records behind some git objects; `messages` reads those that the cache lacks; what holds none is left out.

    `namespace` is the cache's: one for each kind of object, as the cache drops what a run has not asked for yet.
    """
    oids = list(oids)
    known = dict(cache.get_many(namespace, oids))
    fresh = {oid: _found(message) for oid, message in messages(set(oids) - known.keys()).items()}
    if fresh:
        cache.put_many(namespace, fresh)
    return {oid: RecordText(*found) for oid, found in (known | fresh).items() if found}


def _found(message: str) -> list[str]:
    """The version and the text of the record in a tag's message or a version.json; empty where none can be read."""
    text = message[message.find("{") :].strip() if "{" in message else ""
    try:
        version = VersionRecord.from_json(text).version
        Version.parse(version)
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    return [version, text]
