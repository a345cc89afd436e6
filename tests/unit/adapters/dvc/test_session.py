"""DVC's own messages go nowhere but into our errors."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from mlspec.adapters.dvc.session import quiet


class Recorder(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record.getMessage())


@pytest.fixture
def console() -> Iterator[Recorder]:
    """Stands for the handlers that DVC installs when it is imported."""
    recorder, logger = Recorder(), logging.getLogger("dvc")
    logger.addHandler(recorder)
    yield recorder
    logger.removeHandler(recorder)


def test_messages_are_kept_instead_of_printed(console: Recorder) -> None:
    with quiet() as notes:
        logging.getLogger("dvc.repo").warning("kept\ntoo")
        logging.getLogger("dvc.repo").info("dropped")
    assert (notes.lines, console.seen) == (["kept", "too"], [])


def test_dvc_speaks_again_afterwards(console: Recorder) -> None:
    with pytest.raises(ValueError, match="inside"), quiet():
        raise ValueError("inside")
    logging.getLogger("dvc.repo").warning("heard")
    assert console.seen == ["heard"]
