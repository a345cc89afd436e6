"""A machine of its own that wants a lease: `python lease_worker.py count|hold FOLDER …`, as a process."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from contextlib import suppress
from pathlib import Path

from mlspec.adapters.git.command import Command
from mlspec.adapters.git.lease import GitLeases
from mlspec.adapters.git.timing import Timing
from mlspec.adapters.git.writer import Writer
from mlspec.errors import LeaseLost, MlspecError

WAIT = 1800.0


def leases_of(folder: str, ttl: float) -> GitLeases:
    """This machine's leases."""
    return GitLeases(Command(folder), Path(folder).name, Timing(ttl=ttl))


def count(folder: str, ttl: float, times: int, shared: Path) -> None:
    """Count a shared number up under the lease, by reading it and writing it; say what went wrong, and the times."""
    leases, name = leases_of(folder, ttl), Path(folder).name
    violations, lost, waits, turns = 0, 0, [], 0
    while turns < times:
        began = time.monotonic()
        lease = leases.acquire("production", "", wait=WAIT)
        waits.append(time.monotonic() - began)
        try:
            lease.check()
            violations += critical(shared, f"{lease.fence} {name}")
            turns += 1
        except LeaseLost:
            lost += 1
        finally:
            lease.release()
        time.sleep(random.uniform(0, 0.3))  # otherwise the one that has it takes it again
    print(json.dumps({"violations": violations, "lost": lost, "waits": waits}))


def critical(shared: Path, line: str) -> int:
    """What only one may do at a time; how often somebody else was at it."""
    inside = shared / "inside"
    try:
        os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return 1
    try:
        counter = shared / "counter"
        number = int(counter.read_text())
        time.sleep(0.002)
        counter.write_text(str(number + 1))
        with (shared / "turns").open("a") as stream:
            stream.write(f"{line}\n")
    finally:
        inside.unlink()
    return 0


def hold(folder: str, ttl: float, environment: str) -> None:
    """Record and publish under the lease until the lease is lost, or until killed."""
    writer = Writer(folder)
    writer.repair()
    leases = leases_of(folder, ttl)
    lease = leases.acquire(environment, "", wait=WAIT)
    print(f"held {lease.fence}", flush=True)
    refused = []
    number = 0
    while len(refused) < 2:
        number += 1
        event = json.dumps({"time": time.time(), "fence": lease.fence, "number": number})
        with suppress(MlspecError):  # joined meanwhile, after the loss
            writer.append(f"refs/mlspec/env/{environment}", {"models/wine.json": event.encode()}, event)
        for name, call in (("push", lambda: leases.push("main")), ("check", lease.check)):
            try:
                call()
            except LeaseLost:
                refused.append(name)
    print(f"refused {' '.join(refused)}", flush=True)
    lease.release()


if __name__ == "__main__":
    what, top, life, *rest = sys.argv[1:]
    if what == "count":
        count(top, float(life), int(rest[0]), Path(rest[1]))
    else:
        hold(top, float(life), rest[0])
