"""Rules for `notify:` each kind has what it needs, and nothing that it ignores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mlspec.spec.problem import Fault
from mlspec.spec.project import ProjectSpec
from mlspec.spec.rules.ci import REACHABLE

_NEEDS: Final = {"webhook": "url", "command": "command"}
_USED_BY: Final = {"url": "webhook", "command": "command", "repository": "github-issue"}


def check_notify(spec: ProjectSpec) -> Iterator[Fault]:
    """Faults of channels."""
    for name, channel in spec.notify.items():
        needed = _NEEDS.get(channel.kind)
        if needed and getattr(channel, needed) is None:
            hint = "such as `url: SLACK_WEBHOOK`, a variable's name" if needed == "url" else "such as `./tools/page.sh`"
            yield Fault(("notify", name), f"`{channel.kind}` needs `{needed}`", hint)
        for field, kind in _USED_BY.items():
            if getattr(channel, field) is not None and channel.kind != kind:
                yield Fault(("notify", name, field), f"`{field}` has no effect with `{channel.kind}`", "remove it")
        if channel.kind == "command" and _deployed_by_ci(spec):
            message = "a `command` would run the repository's code where CI deploys, beside a token that writes"
            hint = "use `webhook` or `github-issue`; or deploy from a machine of your own, with `ci: {providers: []}`"
            yield Fault(("notify", name, "kind"), message, hint)


def _deployed_by_ci(spec: ProjectSpec) -> bool:
    """Whether there are jobs of ours that deploy; what files of the project's own do is theirs to say."""
    targets = {environment.target for environment in spec.environments.values()}
    return bool(spec.ci.managed and spec.ci.providers and targets.intersection(REACHABLE))
