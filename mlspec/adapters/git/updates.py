"""What a push shall do to one ref; chains of environments may have a mark on top, which is replaced with care."""

from __future__ import annotations

from dataclasses import dataclass

from mlspec.adapters.git import marks
from mlspec.adapters.git.chain import OriginChain
from mlspec.adapters.git.command import Command
from mlspec.adapters.git.held import HeldLease
from mlspec.adapters.git.marks import Mark
from mlspec.adapters.git.rejection import moved_meanwhile
from mlspec.adapters.git.remote import leads_to
from mlspec.adapters.git.wire import Wire


@dataclass(frozen=True, slots=True)
class Update:
    """One ref of a push: moved forward to `new`, or, with `old`, replaced if it is still that.

    `named`: whether our ref of that name is at `new`, so that hooks may be told of it by name.
    """

    ref: str
    new: str
    old: str | None = None
    named: bool = True

    @property
    def refspec(self) -> str:
        """As `git push` takes it."""
        return f"{self.ref if self.named and self.old is None else self.new}:{self.ref}"

    @property
    def conditions(self) -> tuple[str, ...]:
        """The option that makes the replacement a compare-and-swap."""
        return () if self.old is None else (f"--force-with-lease={self.ref}:{self.old}",)


def update(command: Command, ref: str, ours: str, theirs: str | None) -> Update | None:
    """The update that brings a ref of origin from `theirs` to `ours`; None where there is nothing to bring.

    LockHeld where the ref is the chain of an environment whose lease another holds.
    """
    environments = command.project.environments
    if theirs is None or not ref.startswith(environments):
        return Update(ref, ours)
    chain = OriginChain(Wire(command), ref.removeprefix(environments))
    tip = chain.read(theirs) or chain.look()
    if tip.mark is None:
        return Update(ref, ours)
    if tip.record and leads_to(command, ours, tip.record):
        return None
    if tip.mark.held:
        raise marks.refusal(chain.environment, tip.mark)
    if tip.record and not leads_to(command, tip.record, ours):
        raise moved_meanwhile(command, [ref])
    return Update(ref, chain.write(Mark(tip.mark.fence, tip.mark.revision), ours), tip.oid)


def guard(command: Command, lease: HeldLease, ours: str | None) -> Update:
    """The update that publishes a chain under its lease. Without news it is one, too: what is not sent guards nothing.

    Git does not look whether a replaced tip loses anything, so that is looked at here.
    """
    record = ours or lease.record
    if lease.record and not leads_to(command, lease.record, record):
        raise moved_meanwhile(command, [lease.chain.ref])
    return Update(lease.chain.ref, lease.offer(record), lease.tip)
