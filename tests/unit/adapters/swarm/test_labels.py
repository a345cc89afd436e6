"""A deployment as labels, and back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.swarm_specs import PLACE, deployment

from mlspec.adapters.swarm import labels


def test_what_was_written_is_read() -> None:
    wanted = deployment(serve={"ratio": 0.5, "none": None, "é": "ü", "list": ["a"]}, trust=("a.B",), bundle="/b")
    found = labels.read(PLACE, labels.write("shop", wanted))
    assert found == replace(wanted, trust=(), bundle="")
    assert labels.place_of(labels.write("shop", wanted)) == PLACE


def test_a_canary_says_since_when_it_has_which_share() -> None:
    canary = deployment(share=0.1, since=1_763_842_000.123456)
    found = labels.write("shop", canary)
    assert labels.read(PLACE, found) == canary
    assert found["io.mlspec.role"] == "canary"
    shadow = deployment(share=1.0, since=5.0, mirrored=True)
    assert labels.read(PLACE, labels.write("shop", shadow)) == shadow
    assert not {"io.mlspec.share", "io.mlspec.since"} & labels.write("shop", deployment()).keys()


@pytest.mark.parametrize(
    ("name", "text"),
    [("serve", "{"), ("serve", "3"), ("fence", "x"), ("port", ""), ("version", None), ("image", None)],
)
def test_labels_that_somebody_spoilt_are_no_deployment(name: str, text: str | None) -> None:
    written = labels.write("shop", deployment())
    spoilt = {key: value for key, value in written.items() if key != f"io.mlspec.{name}"}
    assert labels.read(PLACE, spoilt if text is None else spoilt | {f"io.mlspec.{name}": text}) is None


def test_labels_without_a_place_name_none() -> None:
    assert labels.place_of({"io.mlspec.project": "shop", "io.mlspec.model": "wine"}) is None


def test_what_an_older_mlspec_made_is_told_apart() -> None:
    written = labels.write("shop", deployment())
    assert labels.made_alike(written)
    assert not labels.made_alike(written | {"io.mlspec.make": "0"})
