"""Which clone on which machine: a run that died there with a lease is followed at once by the next one there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


def clone_name(top: Path | str) -> str:
    """A name for a folder on a running machine; empty where the system tells none.

    Whoever has the same name has the same lock file under the same kernel. A copy of the folder has another name, and
    so has the folder of a virtual machine or a container of its own.
    """
    try:
        boot, folder = _BOOT.read_text(encoding="ascii").strip(), Path(top).stat()
    except OSError:
        return ""
    return f"{boot}:{folder.st_dev:x}:{folder.st_ino:x}"


def is_alive(pid: int) -> bool:
    """Whether a process may still run; in doubt it does."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError, ValueError):
        return True
    return True
