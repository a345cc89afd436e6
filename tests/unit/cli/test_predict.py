"""Which of the running models is asked."""

from __future__ import annotations

import pytest

from mlspec.cli.verbs.predict import _chosen
from mlspec.domain.actual import Health, Place, Running, Unseen
from mlspec.errors import MlspecError


def running(environment: str) -> Running:
    """Something that runs."""
    return Running(Place(environment, "wine"), "v0.1.0", "sha256:0", {}, 1, Health.HEALTHY, f"http://{environment}")


def test_the_only_one_is_taken() -> None:
    assert _chosen({"production": running("production")}, "wine", "").endpoint == "http://production"


def test_the_named_one_is_taken() -> None:
    places = {name: running(name) for name in ("production", "staging")}
    assert _chosen(places, "wine", "staging").endpoint == "http://staging"


@pytest.mark.parametrize(
    ("places", "environment", "message", "hint"),
    [
        ({}, "", "wine does not run", "mlspec apply"),
        ({"production": running("production")}, "staging", "wine does not run in staging", "it runs in production"),
        (
            {"staging": running("staging"), "production": running("production")},
            "",
            "wine runs in production and staging",
            "--env production",
        ),
        ({"production": Unseen(Place("production", "wine"), "NotObserved")}, "", "does not answer", "mlspec status"),
    ],
)
def test_no_choice_is_an_error_that_says_what_there_is(
    places: dict[str, Running | Unseen], environment: str, message: str, hint: str
) -> None:
    with pytest.raises(MlspecError) as caught:
        _chosen(places, "wine", environment)
    assert message in caught.value.message
    assert hint in caught.value.hint
