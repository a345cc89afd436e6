"""What a registry's refusals become: words that engines were seen to pass on, since few can be made to say them all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests
from docker.errors import APIError, ImageNotFound, NotFound

from mlspec.adapters.images import registry
from mlspec.adapters.images.base import pinned
from mlspec.errors import MlspecError

REFERENCE = "host.example:5000/denied-timeouts/x509@sha256:1"


def engine(*, fails: Exception | None = None, told: tuple[dict[str, Any], ...] = (), held: Any = None) -> Any:
    """An engine whose registry fails, or whose streams say what they are told to."""

    def answer(*args: object, **rest: object) -> Any:
        if fails:
            raise fails
        return (message for message in told)

    def get(name: str) -> Any:
        if held is None:
            raise ImageNotFound("no such image")
        return SimpleNamespace(attrs={"RepoDigests": held})

    images = SimpleNamespace(get_registry_data=answer, get=get)
    return SimpleNamespace(api=SimpleNamespace(push=answer, pull=answer, timeout=120), images=images)


def silent(_: str) -> None:
    pass


REFUSALS = [
    ("denied: requested access to the resource is denied", "docker login host.example:5000"),
    ("unauthorized: authentication required", "docker login host.example:5000"),
    ('Head "https://h/v2/": no basic auth credentials', "docker login host.example:5000"),
    ("pull access denied for x, repository does not exist or may require 'docker login'", "docker login"),
    ("http: server gave HTTP response to HTTPS client", "insecure-registries"),
    ("x509: certificate signed by unknown authority", "/etc/docker/certs.d/host.example:5000/ca.crt"),
    ("dial tcp: lookup host.example: no such host", "must reach host.example:5000"),
    ("net/http: request canceled (Client.Timeout exceeded while awaiting headers)", "must reach"),
    ("toomanyrequests: slow down", ""),
]


@pytest.mark.parametrize(("said", "hint"), REFUSALS)
@pytest.mark.parametrize("where", ["answer", "stream"])
def test_a_refusal_says_what_to_do(said: str, hint: str, where: str) -> None:
    if where == "answer":
        client = engine(fails=APIError("500", explanation=said))
    else:
        client = engine(told=({"status": "begun"}, {"errorDetail": {"message": said}, "error": said}))
    with pytest.raises(MlspecError, match="can't be pulled: ") as caught:
        registry.pull(client, REFERENCE, silent)
    assert said in caught.value.message
    assert hint in caught.value.hint
    with pytest.raises(MlspecError, match="can't be pushed: "):
        registry.push(client, REFERENCE.replace("@sha256:", ":v"), silent)


@pytest.mark.parametrize("said", ["manifest for {} not found: manifest unknown", "name unknown: {}", "{}: not found"])
def test_what_is_not_there_is_no_error(said: str) -> None:
    text = said.format(REFERENCE)
    assert not registry.pull(engine(fails=NotFound("404", explanation=text)), REFERENCE, silent)
    assert not registry.pull(engine(told=({"error": text},)), REFERENCE, silent)
    assert registry.digest(engine(fails=NotFound("404", explanation=text)), REFERENCE) == ""


def test_a_push_that_tells_no_digest_is_an_error() -> None:
    with pytest.raises(MlspecError, match="told no digest"):
        registry.push(engine(told=({"status": "done"},)), "host/x:1", silent)


def test_a_slow_registry_is_not_an_engine_that_is_gone() -> None:
    client = engine(fails=requests.ReadTimeout("read timed out"))
    with pytest.raises(MlspecError, match="does not tell the digest") as caught:
        registry.digest(client, "host.example/x:1")
    assert type(caught.value) is MlspecError
    assert client.api.timeout == 120


@pytest.mark.parametrize(
    ("held", "digest", "said"),
    [
        (["python@sha256:2", "other@sha256:3"], "@sha256:2", 0),
        ([], "", 1),
        (["other@sha256:3"], "", 1),
        (None, "", 0),
    ],
)
def test_without_a_registry_the_engine_knows_what_it_pulled(held: Any, digest: str, said: int) -> None:
    lines: list[str] = []
    client = engine(fails=APIError("500", explanation="dial tcp: no such host"), held=held)
    text, base = pinned(client, b"FROM python:3 AS a\nFROM python:3\n# caf\xe9\n", lines.append)
    assert text == f"FROM python:3{digest} AS a\nFROM python:3{digest}\n".encode() + b"# caf\xe9\n"
    assert base.digest == digest.removeprefix("@")
    assert len(lines) == said
    assert all("not pinned" in line for line in lines)
