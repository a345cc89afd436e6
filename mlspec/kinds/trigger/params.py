"""Params: the numbers that a training is given, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from mlspec.domain.desired import FileRef, Subject
from mlspec.domain.digest import JSON
from mlspec.domain.reason import ReasonKind
from mlspec.kinds.trigger import Lines, TriggerKind
from mlspec.spec.model import ModelSpec
from mlspec.spec.search import SearchSpec


class ParamsTrigger:
    """`training.params`, and the space that a search draws them from."""

    name = "params"

    def inputs(self, spec: ModelSpec, line: Lines) -> Iterable[Subject | FileRef]:
        """See TriggerKind."""
        for name, value in spec.training.params.items():
            where = line("training", "params", name)
            yield Subject(f"training.params.{name}", ReasonKind.PARAM_CHANGED, value, where)
        if (search := spec.training.search) is not None:
            yield from _search(search, line)


def _search(search: SearchSpec, line: Lines) -> Iterator[Subject]:
    """What decides which trials there are and which is best; how they went follows from it and from the data."""
    at, kind = ("training", "search"), ReasonKind.PARAM_CHANGED
    fields: dict[str, JSON] = {
        "method": search.method,
        "trials": search.drawn,
        "folds": search.folds,
        "seed": search.seed,
        "maximize": search.maximize,
        "minimize": search.minimize,
    }
    for name, value in fields.items():
        if value is not None:
            yield Subject(".".join((*at, name)), kind, value, line(*at, name))
    for name, value in search.space.items():
        yield Subject(".".join((*at, "space", name)), kind, value, line(*at, "space", name))


KIND: Final[TriggerKind] = ParamsTrigger()
