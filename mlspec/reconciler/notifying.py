"""Telling people: each condition once when it begins and once when it is over, remembered in a chain of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mlspec.domain.facts import encode
from mlspec.domain.notice import Channel, Condition, Delivery, Notice
from mlspec.errors import MlspecError
from mlspec.kinds.notify import NotifyKind
from mlspec.kinds.registry import discover
from mlspec.reconciler.chains import model_file, read_chain
from mlspec.reconciler.ports import Ports

NOTICES: Final = "refs/mlspec/notices"
"""What was told, by channel: origin has it too, so that the next job of CI does not say everything again."""


_CONDITIONS: Final = frozenset(Condition)

Over = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Told:
    """What was said: lines for people, and whether anything is to be published."""

    lines: tuple[str, ...] = ()
    changed: bool = False


def notify(ports: Ports, channels: Sequence[Channel], found: Sequence[Notice], over: Over) -> Told:
    """Tell what is new and what is over; what does not arrive is tried the next time.

    `found` is all that holds now, also of models that no spec has any more; `over` says of a model and a key whether it
    is over where it is not found: what nobody looked at is not. Nothing is raised: a messenger's trouble is no trouble
    of the models.
    """
    if not channels:
        return Told()
    chain = read_chain(ports.git, ports.cache, NOTICES)
    lines: list[str] = []
    changed = False
    for model in sorted({*chain, *(notice.model for notice in found)}):
        known = {channel.name: _heard(chain.get(model, {}), channel) for channel in channels}
        mine = [notice for notice in found if notice.model == model]
        told = {name: dict(heard) for name, heard in known.items()}
        for channel in channels:
            _Teller(ports, channel, model, lines).update(mine, told[channel.name], over)
        if told != known:
            message = json.dumps({"action": "notify", "model": model})
            ports.writer.append(NOTICES, {model_file(model): encode({"told": told})}, message)
            changed = True
    return Told(tuple(lines), changed)


def _heard(facts: Mapping[str, Any], channel: Channel) -> dict[str, dict[str, Any]]:
    """What a channel was told of a model; what is of another make is passed over, as in all chains."""
    told = facts.get("told")
    known = told.get(channel.name) if isinstance(told, dict) else None
    items = known.items() if isinstance(known, dict) else ()
    return {key: item for key, item in items if isinstance(item, dict) and key.partition(":")[0] in _CONDITIONS}


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells one channel of one model."""

    ports: Ports
    channel: Channel
    model: str
    lines: list[str]

    def update(self, found: Sequence[Notice], told: dict[str, Any], over: Over) -> None:
        """Bring the channel up to date; `told` becomes what it has heard."""
        wanted = {notice.key: notice for notice in found if notice.condition in self.channel.when}
        for key, notice in wanted.items():
            item = told.get(key)
            if item is not None and not isinstance(item.get("about"), list):
                item = told[key] = {**item, "about": list(notice.about)}  # of a chain that did not say it
            if item is None or not set(notice.about) <= set(item["about"]):
                self._raise(notice, told)
        for key in [key for key in told if key not in wanted and over(self.model, key)]:
            condition, _, environment = key.partition(":")
            notice = Notice(Condition(condition), self.model, environment, "")
            last = self.kind.over(self.channel, notice, str(told[key].get("receipt", "")))
            if last is None or self._send(notice, last, " is over") is not None:
                del told[key]

    def _raise(self, notice: Notice, told: dict[str, Any]) -> None:
        """Tell of it; what an earlier delivery about it left open, such as an issue, is closed then."""
        receipt = self._send(notice, self.kind.raised(self.channel, notice))
        if receipt is None:
            return
        before = str(told.get(notice.key, {}).get("receipt", ""))
        if before and (last := self.kind.over(self.channel, notice, before)) is not None:
            self._send(notice, last, ", as it was before, is over")
        told[notice.key] = {
            "since": round(self.ports.clock.now(), 3),
            "message": notice.message,
            "receipt": receipt,
            "about": list(notice.about),
        }

    @property
    def kind(self) -> NotifyKind:
        """How the channel is told."""
        return discover("mlspec.kinds.notify", NotifyKind)[self.channel.kind]

    def _send(self, notice: Notice, delivery: Delivery, what: str = "") -> str | None:
        """The receipt; None where it did not arrive."""
        try:
            receipt = self.ports.deliveries.send(delivery)
        except MlspecError as error:
            self.lines.append(f"warning: {self.channel.name} was not told of {notice.subject}: {error}")
            return None
        self.lines.append(f"told {self.channel.name}: {notice.subject}, {notice.condition}{what}")
        return receipt
