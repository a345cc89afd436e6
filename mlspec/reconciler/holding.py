"""Holding the leases of several environments at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from mlspec.ports.lease import WAIT, Lease, Leases


@contextmanager
def holding(
    leases: Leases, revision: str, above: Mapping[str, int], wait: float = WAIT
) -> Iterator[Mapping[str, Lease]]:
    """Environment → its lease, for each with the highest fence seen there; all or none, released in the end.

    They are taken in the order of their names, so that two who want the same ones don't wait for each other.
    """
    with ExitStack() as stack:
        held = {}
        for environment in sorted(above):
            lease = leases.acquire(environment, revision, above=above[environment], wait=wait)
            stack.callback(lease.release)
            held[environment] = lease
        yield held
