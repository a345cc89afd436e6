"""What mlspec remembers in git beside tags: one chain of commits per environment, and one for the project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from mlspec.domain.actual import Rollout, Training
from mlspec.domain.digest import short
from mlspec.domain.facts import decode
from mlspec.domain.image import Image
from mlspec.domain.record import VersionRecord
from mlspec.ports.cache import Cache
from mlspec.ports.git import GitReader

PROJECT: Final = "refs/mlspec/project"
BOMS: Final = "refs/mlspec/boms"
"""What is in each image: a chain of its own, for these files are long and seldom read."""
REMEMBERED: Final = 50
"""Failed fingerprints, equivalences, images and the like kept for each model: older ones are made again, or past."""
_FOLDER: Final = "models/"


def environment_ref(environment: str) -> str:
    """The chain of an environment."""
    return f"refs/mlspec/env/{environment}"


def twin(ref: str) -> str:
    """Where a clone keeps what it last saw of a chain at origin."""
    return ref.replace("refs/mlspec/", "refs/mlspec-remote/", 1)


def model_file(model: str) -> str:
    """A model's file in a chain's tree."""
    return f"{_FOLDER}{model}.json"


def read_chain(git: GitReader, cache: Cache, ref: str) -> dict[str, dict[str, Any]]:
    """model → its facts in a chain; the remote's twin is read where this clone has none of its own."""
    return read_folder(git, cache, ref, _FOLDER)


def read_folder(git: GitReader, cache: Cache, ref: str, folder: str) -> dict[str, dict[str, Any]]:
    """The facts in the files of one folder of a chain's tree, by the files' names without `.json`."""
    files = files_of(git, ref)
    names = {
        path.removeprefix(folder).removesuffix(".json"): blob
        for path, blob in files.items()
        if path.startswith(folder) and path.endswith(".json")
    }
    known = dict(cache.get_many("chains", names.values()))
    fresh = {blob: decode(data) for blob, data in git.read(set(names.values()) - known.keys()).items()}
    if fresh:
        cache.put_many("chains", fresh)
    return {name: (known | fresh)[blob] for name, blob in names.items() if blob in known or blob in fresh}


def bom_file(model: str, version: str, serve: str) -> str:
    """The file of an image's bill of materials in its chain's tree."""
    return f"{model}/{version}-{short(serve)}.cdx.json"


def files_of(git: GitReader, ref: str) -> Mapping[str, str]:
    """path → blob of a chain's files; the remote's twin is read where this clone has none of its own."""
    return git.chain_files(ref) or git.chain_files(twin(ref))


def rollout(facts: Mapping[str, Any], name: str = "rollout") -> Rollout | None:
    """The last rollout at a place (or the last `failed` one); None where the facts hold none that can be read."""
    try:
        raw = dict(facts[name])
        found = Rollout(**raw)
    except (KeyError, TypeError, ValueError):
        return None
    return found if isinstance(raw["serve"], dict) and isinstance(raw.get("number", 0), int) else None


def equivalents(facts: Mapping[str, Any]) -> tuple[VersionRecord, ...]:
    """Records of trainings that gave a version's very bytes."""
    return tuple(_records(facts.get("equivalent", ())))


def images(facts: Mapping[str, Any]) -> dict[str, Image]:
    """Serve digest → image, those built last at the end; what cannot be read is passed over."""
    found = facts.get("images")
    return dict(_images(found)) if isinstance(found, dict) else {}


def _images(items: Mapping[str, Any]) -> Iterable[tuple[str, Image]]:
    for serve, item in items.items():
        try:
            yield serve, Image(serve, str(item["reference"]), str(item["tag"]), int(item["size"]))
        except (ValueError, KeyError, TypeError):
            continue


def trainings(facts: Mapping[str, Any]) -> tuple[Training, ...]:
    """The last trainings that passed, oldest first; what cannot be read is passed over."""
    found = facts.get("trainings")
    return tuple(_trainings(found)) if isinstance(found, list) else ()


def _trainings(items: Iterable[Any]) -> Iterable[Training]:
    for item in items:
        try:
            measured = {str(name): float(value) for name, value in item.get("measured", {}).items()}
            stages = {str(name): float(seconds) for name, seconds in item.get("stages", {}).items()}
            times = float(item["time"]), float(item["seconds"])
            yield Training(str(item["version"]), str(item["train"]), *times, measured, stages)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue


def _records(items: Iterable[Any]) -> Iterable[VersionRecord]:
    for item in items if isinstance(items, list) else ():
        try:
            yield VersionRecord.from_dict(item)
        except (ValueError, KeyError, TypeError):
            continue


def read_events(git: GitReader, environments: Iterable[str]) -> list[dict[str, Any]]:
    """All events of all chains, newest first; what is not an event of ours is passed over."""
    messages = [text for ref in (PROJECT, *map(environment_ref, environments)) for text in _log(git, ref)]
    events = (decode(message.encode()) for message in messages)
    return sorted((event for event in events if "time" in event), key=lambda event: event["time"], reverse=True)


def _log(git: GitReader, ref: str) -> Sequence[str]:
    return git.chain_log(ref) or git.chain_log(twin(ref))
