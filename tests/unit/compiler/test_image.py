"""What the Dockerfile is told, and what it does with hostile words."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mlspec.compiler.files import model_files
from mlspec.compiler.image import PORT, image_values
from mlspec.spec.model import ModelSpec
from mlspec.spec.project import ProjectSpec


def with_serving(python: str | None = None, **serving: object) -> ModelSpec:
    """A model with this `serving`."""
    return ModelSpec.model_validate(
        {
            "name": "wine",
            "data": {"sources": [{"name": "wine", "path": "data/wine.csv"}]},
            "training": {
                "estimator": "sklearn.linear_model.Ridge",
                "target": "price",
                "environment": {"python": python},
            },
            "evaluation": {"metrics": ["r2"]},
            "serving": serving,
        }
    )


def dockerfile(**serving: object) -> str:
    """The Dockerfile of such a model."""
    files = model_files(with_serving(**serving), ProjectSpec(), "specs/wine.yaml")
    return files["models/wine/Dockerfile"].decode()


def test_the_entrypoint_is_the_server_with_the_limits_and_types_of_the_spec() -> None:
    model = with_serving(trust=["b.B", "a.A"], limits={"body": 10, "batch": 20, "depth": 30})
    words = image_values(model)["entrypoint"]
    assert isinstance(words, list)
    assert words[:3] == ["python", "-m", "mlspec.serving"]
    limits = ["--max-body", "10", "--max-batch", "20", "--max-depth", "30"]
    assert words[-10:] == [*limits, "--trust", "a.A", "--trust", "b.B"]


@pytest.mark.parametrize(
    ("python", "image", "base"),
    [
        (None, {}, "python:3.11-slim"),
        ("3.13", {}, "python:3.13-slim"),
        ("3.13", {"base": "registry:5000/python:3@sha256:" + "0" * 64}, "registry:5000/python:3@sha256:" + "0" * 64),
    ],
)
def test_the_base_has_the_python_that_trains_unless_it_is_named(python: str | None, image: object, base: str) -> None:
    assert image_values(with_serving(python, image=image))["base"] == base


def test_own_words_stay_words() -> None:
    words = ['sh -c "rm"', "$PATH", "a\\", "é", "]", "'"]
    (line,) = [line for line in dockerfile(entrypoint=words).splitlines() if line.startswith("ENTRYPOINT ")]
    assert json.loads(line.removeprefix("ENTRYPOINT ")) == words


def test_an_own_server_gets_no_command_and_not_mlspecs_server() -> None:
    text = dockerfile(entrypoint=["serve"])
    assert "\nCMD " not in text
    assert "server" not in re.sub(r"(?m)^#.*", "", text)
    assert "WORKDIR /opt/app\n" in text
    assert '\nCMD ["--version", "unregistered"]' in dockerfile()


@pytest.mark.parametrize(
    ("deps", "folders"),
    [
        ([], ""),
        (["app.py"], "/opt/app"),
        (["src/wine", "src/lib/a.py", "src/other"], "/opt/app:/opt/app/src:/opt/app/src/lib"),
    ],
)
def test_files_of_the_repository_are_importable(deps: list[str], folders: str) -> None:
    text = dockerfile(deps=deps)
    assert image_values(with_serving(deps=deps))["pythonpath"] == folders
    assert ("COPY app /opt/app\n" in text, "PYTHONPATH=" in text) == (bool(deps), bool(deps))


def test_an_odd_path_stays_one_word() -> None:
    assert '    PYTHONPATH="/opt/app:/opt/app/a \\"b\\" \\$(id)" \\\n' in dockerfile(deps=['a "b" $(id)/x.py'])


def test_extra_requirements_and_packages_are_installed_where_there_are_any() -> None:
    text = dockerfile(image={"system_packages": ["libgomp1", "g++=4:12.2.0-3"], "requirements": "locks/serve.txt"})
    assert "        libgomp1 \\\n        g++=4:12.2.0-3 \\\n    && rm -rf /var/lib/apt/lists/*\n" in text
    assert "COPY extra-requirements.txt /build/\n" in text
    assert not {"apt-get", "extra"} & set(re.findall(r"\w[\w-]*", dockerfile()))


def test_nothing_that_only_people_read_is_in_it() -> None:
    model = with_serving()
    told = model.model_copy(update={"description": "Wines", "owners": ("cellar@example.com",)})
    assert model_files(model, ProjectSpec(), "s") == model_files(told, ProjectSpec(), "s")


def test_with_a_dockerfile_of_ones_own_none_is_generated() -> None:
    files = model_files(with_serving(image={"dockerfile": "serve/Dockerfile"}), ProjectSpec(), "s")
    assert {path.rpartition("/")[2] for path in files} == {"dvc.yaml", "params.yaml", ".gitignore", "requirements.txt"}


HOSTILE = st.text(st.sampled_from("ab1.:/@-_+=~ \n\\\"'`$(){}[]|&;#<>*?!,%\t"), min_size=1, max_size=12)


def instructions(text: str) -> list[str]:
    """The instructions of a Dockerfile, without their words."""
    whole = re.sub(r"\\[ \t]*\n", " ", re.sub(r"(?m)^[ \t]*#.*\n", "", text))
    return [line.split()[0] for line in whole.splitlines() if line.strip()]


@settings(max_examples=300)
@given(HOSTILE, st.sampled_from(["base", "system_packages", "health", "entrypoint", "deps", "trust"]))
def test_no_value_becomes_an_instruction(word: str, field: str) -> None:
    def serving(value: str) -> dict[str, object]:
        image = {"base": value, "system_packages": [value]}
        return {"image": {field: image[field]}} if field in image else {field: value if field == "health" else [value]}

    good = {"health": "/x", "trust": "a.B"}.get(field, "xy")
    try:
        text = dockerfile(**serving(word))
    except ValidationError:
        return
    assert instructions(text) == instructions(dockerfile(**serving(good)))
    if field == "system_packages":
        assert not set(word) & set(" \n\\\"'`$(){}[]|&;#<>*?!\t")


@contextmanager
def answering(status: bytes) -> Iterator[int]:
    """A server that gives this answer to one request, in two pieces; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            link, _ = listener.accept()
            with link:
                assert link.recv(1000).startswith(b"GET /ready?x=1 HTTP/1.1\r\nHost: localhost\r\n")
                link.sendall(status[:5])
                link.sendall(status[5:])

        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def healthy(port: int) -> bool:
    """What the image's HEALTHCHECK finds."""
    words = image_values(with_serving(health="/ready?x=1"))["health"]
    assert isinstance(words, list)
    code = words[-1].replace(str(PORT), str(port))
    return subprocess.run([sys.executable, *words[1:-1], code], check=False, stderr=subprocess.DEVNULL).returncode == 0


@pytest.mark.parametrize(
    ("answer", "well"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", True),
        (b"HTTP/1.0 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n200", False),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", False),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", False),
        (b"", False),
        (b"nonsense\r\n", False),
    ],
)
def test_health_is_a_status_of_two_hundred(answer: bytes, well: bool) -> None:
    with answering(answer) as port:
        assert healthy(port) is well


def test_nobody_there_is_not_healthy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert not healthy(port)


@pytest.mark.slow
def test_a_server_that_hangs_is_not_healthy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert not healthy(listener.getsockname()[1])


@pytest.mark.parametrize(("timeout", "seconds"), [(None, 30), (10, 30), (89.5, 90), (300, 300)])
def test_a_server_that_takes_long_to_start_is_not_ill_meanwhile(timeout: float | None, seconds: int) -> None:
    assert f"--start-period={seconds}s " in dockerfile(startup_timeout=f"{timeout}s" if timeout else None)
