"""Names in a swarm: DNS labels, one for each place, and marks by which ours are known."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mlspec.adapters.swarm.names import NAMINGS, config_name, front_name, is_ours, network_name, service_name
from mlspec.domain.actual import Place

NAME = some.from_regex(r"[a-z0-9]([a-z0-9._-]{0,40}[a-z0-9])?", fullmatch=True)
DNS = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?")


def test_names_of_plain_words_are_plain() -> None:
    place = Place("production", "wine")
    assert service_name("shop", place) == "mlspec-shop-production-wine"
    assert front_name("shop", place) == "mlspec-shop-production-wine-front"
    assert network_name("shop", "production") == "mlspec-shop-production-overlay"


@given(NAME, NAME, NAME)
def test_all_names_are_dns_labels(project: str, environment: str, model: str) -> None:
    place = Place(environment, model)
    front = front_name(project, place)
    services = [naming(project, place) for naming in NAMINGS.values()]
    for name in (*services, network_name(project, environment), config_name(front, "text")):
        assert DNS.fullmatch(name), name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a-b", "c", "d"), ("a", "b-c", "d")),
        (("a", "b", "c-d"), ("a", "b-c", "d")),
        (("a", "b", "c.d"), ("a", "b", "c-d")),
        (("a", "b" * 70, "c"), ("a", "b" * 70, "d")),
    ],
)
def test_places_do_not_share_a_name(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    first, second = ({naming(part[0], Place(*part[1:])) for naming in NAMINGS.values()} for part in (one, other))
    assert not first & second


@pytest.mark.parametrize("role", ["front", "canary", "split"])
def test_a_model_whose_name_ends_like_a_role_is_none(role: str) -> None:
    beside = NAMINGS[role]("shop", Place("production", "wine"))
    assert beside != service_name("shop", Place("production", f"wine-{role}"))


def test_another_text_has_another_config() -> None:
    assert config_name("front", "a") != config_name("front", "b")


def test_a_service_is_ours_by_its_labels_or_by_its_containers() -> None:
    place = Place("production", "wine")
    labels = {"io.mlspec.project": "shop", "io.mlspec.environment": "production", "io.mlspec.model": "wine"}
    by_labels = {"Spec": {"Labels": labels | {"io.mlspec.role": "server"}, "TaskTemplate": {}}}
    marked = {"Labels": {"io.mlspec.service": "shop/production/wine/server"}}
    by_containers = {"Spec": {"Labels": None, "TaskTemplate": {"ContainerSpec": marked}}}
    assert is_ours(by_labels, "shop", place, "server")
    assert is_ours(by_containers, "shop", place, "server")
    assert not is_ours(by_labels, "shop", place, "front")
    assert not is_ours(by_containers, "other", place, "server")
    assert not is_ours({"Spec": {"Labels": labels, "TaskTemplate": {"ContainerSpec": {}}}}, "shop", place, "server")
