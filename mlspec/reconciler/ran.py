"""What ran when: from the chains' events, with why it was deployed and who let it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlspec.ports.git import GitReader, Person, Tag

Event = Mapping[str, Any]
_LATE = 2.0
"""Seconds that a tag may be younger than the deployment that it led to: tags' dates are in whole seconds"""


@dataclass(frozen=True, slots=True)
class Span:
    """A version that ran at a place. Times are in seconds since the epoch; `until` is None where it runs still.

    `because` is why it was deployed, `trained` why it was trained; `deployed_by`, `promoted_by` and `committed_by` are
    git identities: of the run that deployed it, of its newest stage tag then (`tag`), and of the commit behind it.
    """

    environment: str
    model: str
    version: str
    since: float
    until: float | None
    because: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()
    deployed_by: str = ""
    promoted_by: str = ""
    tag: str = ""
    committed_by: str = ""
    revision: str = ""


def spans(events: Iterable[Event]) -> list[Span]:
    """All spans, oldest first; events in any order. A version that is deployed again with other settings runs on."""
    found: list[Span] = []
    open_ones: dict[tuple[str, str], Span] = {}
    trained: dict[tuple[str, str], tuple[str, ...]] = {}
    back: dict[tuple[str, str], tuple[str, str]] = {}
    for event in sorted(events, key=lambda event: float(event["time"])):
        place = str(event.get("environment", "")), str(event.get("model", ""))
        version, outcome, because = str(event.get("version")), event.get("outcome"), _because(event)
        if outcome == "trained":
            trained[place[1], version] = because
        if outcome == "rolled back":
            back[place] = version, str(event.get("detail"))
        before = open_ones.get(place)
        if not place[0] or outcome not in {"deployed", "retired"} or (before and _goes_on(before, version, outcome)):
            continue
        if before is not None:
            found.append(_ended(before, float(event["time"])))
            del open_ones[place]
        if outcome == "deployed":
            to, why = back.pop(place, ("", ""))
            open_ones[place] = Span(
                *place,
                version,
                since=float(event["time"]),
                until=None,
                because=(f"rolled back {why}",) if to == version else because,
                trained=trained.get((place[1], version), ()),
                deployed_by=str(event.get("by", "")),
                revision=str(event.get("revision", "")),
            )
    return sorted([*found, *open_ones.values()], key=lambda span: (span.since, span.environment, span.model))


def _because(event: Event) -> tuple[str, ...]:
    said = event.get("because")
    return tuple(map(str, said)) if isinstance(said, list) else ()


def _goes_on(before: Span, version: str, outcome: object) -> bool:
    return outcome == "deployed" and before.version == version


def _ended(span: Span, time: float) -> Span:
    return replace(span, until=time)


def between(found: Sequence[Span], begin: float, end: float) -> list[Span]:
    """Those that ran at some time of an interval, its end not included."""
    return [span for span in found if span.since < end and (span.until is None or span.until > begin)]


def let_in(git: GitReader, found: Sequence[Span], parents: Mapping[tuple[str, str], str]) -> list[Span]:
    """The spans with who let them in. `parents`: model and version → the commit that it was trained from."""
    tags = [tag for tag in git.tags() if tag.annotated]
    commits = {tag.name: tag.commit for tag in tags}
    promotions = {span: _promotions(span, tags, commits) for span in found}
    oids = {tag.oid for some in promotions.values() for tag in some}
    people = git.people(oids | {parents.get((span.model, span.version), "") for span in found})
    return [_let_in(span, promotions[span], people, parents) for span in found]


def _promotions(span: Span, tags: Iterable[Tag], commits: Mapping[str, str]) -> list[Tag]:
    commit = commits.get(f"{span.model}@{span.version}")
    prefix = f"{span.model}#{span.environment}#"
    return [tag for tag in tags if tag.name.startswith(prefix) and tag.commit == commit]


def _let_in(
    span: Span, promotions: Iterable[Tag], people: Mapping[str, Person], parents: Mapping[tuple[str, str], str]
) -> Span:
    known = [(people[tag.oid], tag) for tag in promotions if tag.oid in people]
    before = [item for item in known if item[0].time <= span.since + _LATE] or known
    author = people.get(parents.get((span.model, span.version), ""))
    newest = max(before, key=lambda item: item[0].time, default=None)
    return replace(
        span,
        promoted_by=newest[0].address if newest else "",
        tag=newest[1].name if newest else "",
        committed_by=author.address if author else "",
    )
