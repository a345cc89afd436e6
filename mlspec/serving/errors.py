"""What can go wrong in the server: a request that is refused, a bundle that cannot be served."""

from __future__ import annotations


class Refusal(Exception):
    """A request that is answered with `{"error": message}` and the HTTP status `status`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class BundleError(Exception):
    """The model bundle cannot be served; the message says why, in one line."""
