"""Sources: what this machine lacks to ask and fetch them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlspec.ports.sources import Lack
from mlspec.reconciler.checkup.check import Check, counted, note, ok


def sources(found: Mapping[str, Sequence[Lack]]) -> Iterator[Check]:
    """Source → what is lacking for it. A note only: where nothing is fetched, nothing is needed."""
    for name, lacks in found.items():
        for lack in lacks:
            yield note("sources", f"{name}: {lack.what}, so that it can't be asked or fetched here", lack.hint)
    if found and not any(found.values()):
        yield ok("sources", f"{counted(len(found), 'source')} from elsewhere, nothing is missing to fetch them")
