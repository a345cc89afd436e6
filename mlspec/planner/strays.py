"""Version tags without a record: what people may take for a version, and is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from mlspec.domain.actual import Actual, ModelHistory
from mlspec.domain.desired import DesiredModel
from mlspec.domain.version import Version

_NONE: Final = ModelHistory()


def strays(models: Iterable[DesiredModel], actual: Actual) -> Iterator[str]:
    """One sentence for each model that has such tags where somebody may count on them.

    Those of a life before mlspec, below its own versions and on commits of their own, mislead nobody.
    """
    for model in models:
        history = actual.models.get(model.name, _NONE)
        if found := [version for version in history.strays if _misleads(version, history)]:
            yield _words(model.name, found)


def _misleads(version: Version, history: ModelHistory) -> bool:
    """It is the highest number, or stands where a version stands."""
    own = {history.commits.get(other) for other in history.versions}
    return version > max(history.versions, default=version) or history.commits[version] in own


def _words(name: str, found: list[Version]) -> str:
    tag, more = f"{name}@{found[-1]}", f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return (
        f"the tag {tag}{more} holds no record, so that it is no version and is never deployed; "
        f"if nobody needs it: git tag -d {tag}, and git push origin :refs/tags/{tag}"
    )
