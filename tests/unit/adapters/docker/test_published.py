"""Ports and addresses."""

from __future__ import annotations

from itertools import islice

import pytest

from mlspec.adapters.docker.published import FIRST, SPAN, candidates, endpoint, explained_port, is_taken
from mlspec.adapters.process.listener import stable_port
from mlspec.domain.actual import Place
from mlspec.errors import MlspecError

PLACE = Place("production", "wine")


def test_what_is_asked_for_is_all_that_is_tried() -> None:
    assert list(candidates("shop", PLACE, 8443, 20_007)) == [8443]


def test_the_computed_one_is_that_of_the_process_target() -> None:
    """Moving from one to the other keeps the address."""
    assert next(candidates("shop", PLACE, 0, 0)) == stable_port("shop", "production", "wine")


def test_the_one_that_it_had_is_first_if_it_was_computed() -> None:
    assert next(candidates("shop", PLACE, 0, 20_007)) == 20_007
    assert next(candidates("shop", PLACE, 0, 8443)) == stable_port("shop", "production", "wine")


def test_the_next_ones_stay_in_the_range() -> None:
    tried = list(islice(candidates("shop", PLACE, 0, 0), 50))
    assert len(set(tried)) == 50
    assert all(FIRST <= port < FIRST + SPAN for port in tried)


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("127.0.0.1", "http://engine:20001"),
        ("0.0.0.0", "http://engine:20001"),
        ("::", "http://engine:20001"),
        ("", "http://engine:20001"),
        ("10.1.2.3", "http://10.1.2.3:20001"),
        ("fd00::1", "http://[fd00::1]:20001"),
    ],
)
def test_the_endpoint(bind: str, url: str) -> None:
    assert endpoint(bind, 20_001, "engine") == url


TAKEN = (
    "Bind for 127.0.0.1:8443 failed: port is already allocated",
    "Error starting userland proxy: listen tcp4 127.0.0.1:8443: bind: address already in use",
)


@pytest.mark.parametrize("words", TAKEN)
def test_a_port_that_is_taken(words: str) -> None:
    refusal = MlspecError(words)
    assert is_taken(refusal)
    told = explained_port(refusal, PLACE, "127.0.0.1", 8443)
    assert told.message == "wine → production: port 8443 of 127.0.0.1 is taken on the engine's host"
    assert told.hint.startswith("set deploy.production.port of wine")


def test_other_refusals() -> None:
    elsewhere = MlspecError("listen tcp4 10.9.9.9:80: bind: cannot assign requested address")
    assert "does not have the address 10.9.9.9" in explained_port(elsewhere, PLACE, "10.9.9.9", 80).message
    other = MlspecError("no space left on device")
    assert explained_port(other, PLACE, "127.0.0.1", 80) is other
