"""The thread that renews a lease."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Heartbeat:
    """Calls `renew` every `beat` seconds, sooner after a failure, until stopped or until `renew` says None.

    `renew` says True where it renewed, False where it should be tried again, None where there is nothing to renew.
    """

    def __init__(self, renew: Callable[[], bool | None], beat: float) -> None:
        self._renew = renew
        self._beat = beat
        self._stopped = threading.Event()
        # A daemon, so that a process that forgets its lease can end; the lease then ends by itself.
        self._thread = threading.Thread(target=self._run, name="mlspec-lease", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let what is under way finish, and begin nothing more."""
        self._stopped.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        pause = self._beat
        while not self._stopped.wait(pause):
            renewed = self._renew()
            if renewed is None:
                return
            pause = self._beat if renewed else self._beat / 4
