"""A plan and its outcomes as text: the summary first, then each action with its reasons."""

from __future__ import annotations

from collections.abc import Mapping

from mlspec.cli.console import Console
from mlspec.domain.digest import JSON
from mlspec.domain.forecast import Forecast, Total
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action, ActionKind, Held, Plan
from mlspec.domain.reason import HeldReason, Reason, ReasonKind
from mlspec.domain.words import duration

_SIGNS = {
    ActionKind.REFRESH: ("~", "yellow"),
    ActionKind.COMPILE: ("~", "yellow"),
    ActionKind.TRAIN: ("+", "green"),
    ActionKind.REGISTER: ("+", "green"),
    ActionKind.PROMOTE: ("~", "yellow"),
    ActionKind.BUILD: ("+", "green"),
    ActionKind.REPLAY: ("~", "yellow"),
    ActionKind.SHADOW: ("+", "green"),
    ActionKind.CANARY: ("+", "green"),
    ActionKind.DEPLOY: ("+", "green"),
    ActionKind.SCALE: ("~", "yellow"),
    ActionKind.RESTART: ("~", "yellow"),
    ActionKind.ROLLBACK: ("~", "yellow"),
    ActionKind.WITHDRAW: ("-", "red"),
    ActionKind.RETIRE: ("-", "red"),
}
_BARE = {
    ReasonKind.NEVER_TRAINED: "never trained",
    ReasonKind.NOTHING_RUNNING: "nothing is running",
    ReasonKind.DESCRIPTION_CHANGED: "{subject} changed",
    ReasonKind.TAG_MISSING: "{subject} is committed, and its tag is missing",
    ReasonKind.FILE_MISSING: "{subject} is missing",
    ReasonKind.FILE_STALE: "{subject} is stale",
    ReasonKind.FILE_UNCOMMITTED: "{subject} is not committed",
    ReasonKind.DRIFTED: "{new}",
    ReasonKind.FILE_ORPHANED: "{subject} belongs to no spec any more",
    ReasonKind.REQUESTED: "{subject}",
    ReasonKind.SLO_BREACHED: "{subject}",
    ReasonKind.CANARY_UNWANTED: "nothing asks for the candidate {subject} any more; {new} answers alone",
    ReasonKind.REPLAY_ASKED: "{subject} recorded requests, answered by {old}, are sent to it first",
    ReasonKind.SPEC_REMOVED: "no spec asks for it any more",
    ReasonKind.NEVER_FETCHED: "never fetched",
    ReasonKind.DRIFT_FOUND: "live traffic drifted: {subject}",
    ReasonKind.PERFORMANCE_LOW: "late labels show it got worse: {subject}",
    ReasonKind.AGE_PASSED: "{subject} {old}",
    ReasonKind.SCHEDULE_DUE: "{subject} since {new}",
}
_MOST = 8
"""Reasons shown for one action; the JSON has them all."""
_MOST_FILES = 2


def summary(plan: Plan) -> str:
    """`Plan: 1 to train, 1 to deploy; 1 held.`"""
    parts = [f"{count} to {kind}" for kind, count in plan.summary.items()]
    held = f"{len(plan.held)} held" if plan.held else ""
    if not parts:
        return f"No changes; {held}." if held else "No changes. What runs is what the specs want."
    return f"Plan: {', '.join(parts)}{'; ' + held if held else ''}."


def plan_text(plan: Plan, console: Console) -> str:
    """The plan for a terminal."""
    lines = [console.style(summary(plan), "bold")]
    if plan.actions:
        lines.append("")
    for action in plan.actions:
        lines += _action(action, console)
    lines += ["", total_text(plan.forecast)] if plan.forecast else []
    for held in plan.held:
        where = f"{held.model or held.source}{' → ' + held.environment if held.environment else ''}"
        lines += ["", f"  {console.style('! held', 'yellow')}  {where}: {held.reason}"]
        lines += [f"      {part}" for part in _parts(held)]
    lines += [f"{console.style('warning:', 'yellow')} {text}" for text in plan.warnings]
    return "\n".join(lines)


def _parts(held: Held) -> list[str]:
    """What is held, one gate a line."""
    return held.message.split("; " if held.reason is HeldReason.GATE_FAILED else "\n")


def _action(action: Action, console: Console) -> list[str]:
    sign, colour = _SIGNS[action.action]
    version = f"  {console.style(action.version, 'dim')}" if action.version else ""
    head = f"  {console.style(sign, colour)} {action.action:<9} {place(action)}{version}"
    most = _MOST_FILES if action.action is ActionKind.COMPILE else _MOST
    lines = [line for reason in action.because[:most] for line in _reason(reason)]
    if len(action.because) > most:
        lines.append(f"      and {len(action.because) - most} more")
    if action.forecast:
        lines.append(f"      takes:   {forecast_text(action.forecast)}")
    return [head, *lines]


def _reason(reason: Reason) -> list[str]:
    return [f"      because: {reason_text(reason)}", *(f"               {detail}" for detail in reason.details)]


def forecast_text(forecast: Forecast) -> str:
    """`about 3m (2m 10s to 4m, by 12 trainings)`."""
    count = f"{forecast.trainings} training{'s' * (forecast.trainings != 1)}"
    if forecast.low is None or forecast.high is None:
        return f"about {duration(forecast.seconds)} (by {count})"
    return f"about {duration(forecast.seconds)} ({duration(forecast.low)} to {duration(forecast.high)}, by {count})"


def total_text(total: Total) -> str:
    """`Training takes about 3m (2m to 4m) with 2 jobs; 1 model has no history yet.`"""
    span = "" if total.low == total.high else f" ({duration(total.low)} to {duration(total.high)})"
    jobs = f" with {total.jobs} jobs" if total.jobs > 1 else ""
    unknown = f"; {total.unknown} model{'s have' if total.unknown > 1 else ' has'} no history yet"
    return f"Training takes about {duration(total.seconds)}{span}{jobs}{unknown if total.unknown else ''}."


def place(action: Action) -> str:
    """What the action is about."""
    subject = action.model or action.source or "the project's files"
    return f"{subject} → {action.environment}" if action.environment else subject


def reason_text(reason: Reason) -> str:
    """`training.params.max_depth 8 -> 1 (specs/wine.yaml:21)`."""
    where = f" ({reason.where})" if reason.where else ""
    if reason.kind in _BARE:
        return _BARE[reason.kind].format(subject=reason.subject, old=value(reason.old), new=reason.new) + where
    if reason.kind is ReasonKind.IMAGE_MISSING:
        return f"there is no such image yet{'' if reason.subject == 'image' else f' [{reason.subject}]'}{where}"
    if reason.kind is ReasonKind.SOURCE_STALE:
        return f"{reason.new}{f', {reason.old}' if reason.old else ''}{where}"
    if reason.kind is ReasonKind.NEW_VERSION and reason.old is None:
        return f"no version is promoted there{where}"
    if reason.old is None and reason.new is None:
        return f"{reason.subject} changed{where}"
    return f"{reason.subject} {value(reason.old)} -> {value(reason.new)}{where}"


def value(given: JSON) -> str:
    """A value for people."""
    if given is None:
        return "(none)"
    if isinstance(given, list | tuple):
        return f"[{', '.join(map(value, given))}]"
    if isinstance(given, Mapping):
        return f"{{{', '.join(f'{name}: {value(item)}' for name, item in given.items())}}}"
    return given if isinstance(given, str) else str(given)


def told_at_the_end(outcome: Outcome) -> bool:
    """Whether an outcome has its place in the closing words: what failed, and candidates that are held."""
    return outcome.status == "failed" or (outcome.status == "held" and outcome.action.action is ActionKind.TRAIN)


def outcome_text(outcome: Outcome, console: Console) -> str:
    """`✓ train wine v0.1.0  accuracy 0.98  (12.3 s)`."""
    marks = {"done": ("✓", "green"), "held": ("!", "yellow"), "failed": ("✗", "red"), "skipped": ("-", "dim")}
    mark, colour = marks[outcome.status]
    words = [console.style(mark, colour), f"{outcome.action.action:<9}", place(outcome.action)]
    words += [outcome.version] if outcome.version else []
    words += [f" {outcome.status}: {outcome.detail}" if outcome.status != "done" else f" {outcome.detail}"]
    words += [console.style(f"({outcome.seconds:.1f} s)", "dim")] if outcome.seconds >= 0.1 else []
    return "\n".join([f"  {' '.join(words)}", *(f"      {line}" for line in outcome.lines)])


def plan_markdown(plan: Plan) -> str:
    """The plan for a pull request: a heading, a table, what is held."""
    lines = ["### mlspec plan", "", summary(plan), ""]
    if plan.actions:
        lines += ["| action | what | version | because |", "|---|---|---|---|"]
    for action in plan.actions:
        reasons = "<br>".join(_reason_cell(reason) for reason in action.because[:_MOST])
        if len(action.because) > _MOST:
            reasons += f"<br>and {len(action.because) - _MOST} more"
        if action.forecast:
            reasons += f"<br>takes {cell(forecast_text(action.forecast))}"
        lines.append(f"| {action.action} | {cell(place(action))} | {cell(action.version)} | {reasons} |")
    lines += ["", total_text(plan.forecast)] if plan.forecast else []
    if plan.held:
        lines += ["", "**Held**", ""]
    for held in plan.held:
        first, *rest = _parts(held)
        lines.append(f"- {cell(held.model or held.source)} {cell(held.environment)}: {held.reason}: {cell(first)}")
        lines += [f"  - {cell(part)}" for part in rest]
    if plan.warnings:
        lines += ["", "**Warnings**", "", *(f"- {cell(text)}" for text in plan.warnings)]
    return "\n".join([*lines, "", f"<sub>at {plan.revision[:12]}</sub>", ""])


def _reason_cell(reason: Reason) -> str:
    return "<br>".join([cell(reason_text(reason)), *(f"· {cell(detail)}" for detail in reason.details)])


def cell(text: str) -> str:
    """Text that stays text in a Markdown table: no markup, no mentions, no line ends."""
    safe = "".join(char if char.isprintable() else " " for char in text)
    for char in "\\`*_[]<>|#~":
        safe = safe.replace(char, f"\\{char}" if char not in "<>" else {"<": "&lt;", ">": "&gt;"}[char])
    return safe.replace("@", "@\N{ZERO WIDTH SPACE}")
