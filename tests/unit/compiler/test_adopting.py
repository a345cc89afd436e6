"""What an update bot wrote into a pipeline's file: newer images, and nothing else."""

from __future__ import annotations

import pytest
import yaml

from mlspec.adapters.specfile import write_pins
from mlspec.compiler.adopting import newer_pins, with_news
from mlspec.compiler.files import project_files
from mlspec.kinds.ci._pins import IMAGES, Newer
from mlspec.spec.project import ProjectSpec

FILE = ".gitlab-ci.yml"
PROJECT = ProjectSpec.model_validate({"ci": {"providers": ["gitlab"]}})
OURS = IMAGES["3.11"]
DIGEST = "@sha256:" + 64 * "1"


def bumped(image: str, project: ProjectSpec = PROJECT, old: str = OURS) -> dict[str, bytes]:
    """The pipeline after a bot was there."""
    text = project_files(project, ["wine"])[FILE].decode()
    assert old in text
    return {FILE: text.replace(old, image).encode()}


@pytest.mark.parametrize("tag", ["3.11.15-bookworm", "3.11.99-bookworm"])
def test_a_newer_image_is_taken_in(tag: str) -> None:
    image = f"python:{tag}{DIGEST}"
    news = newer_pins(PROJECT, bumped(image))
    assert (news.image, dict(news.pins), bool(news)) == (image, {}, True)
    again = project_files(with_news(PROJECT, news), ["wine"])[FILE]
    assert f'image: "{image}"'.encode() in again
    assert newer_pins(with_news(PROJECT, news), {FILE: again}) == Newer()


@pytest.mark.parametrize(
    "image",
    [
        f"python:3.11.2-bookworm{DIGEST}",
        f"python:3.12.13-bookworm{DIGEST}",
        f"python:3.11.99-alpine{DIGEST}",
        f"pythom:3.11.99-bookworm{DIGEST}",
        "python:3.11.99-bookworm",
        f"evil.example/python:3.11.99-bookworm{DIGEST}",
    ],
)
def test_any_other_image_is_an_edit_by_hand(image: str) -> None:
    assert not newer_pins(PROJECT, bumped(image))


def test_an_image_beside_another_edit_is_an_edit_by_hand() -> None:
    files = bumped(f"python:3.11.99-bookworm{DIGEST}")
    assert not newer_pins(PROJECT, {FILE: files[FILE].replace(b"timeout: 5 minutes", b"timeout: 6 minutes")})


def test_an_image_of_one_s_own_follows_its_bot_anywhere() -> None:
    own = f"registry.example:5000/team/python:1.2.3{DIGEST}"
    project = ProjectSpec.model_validate({"ci": {"providers": ["gitlab"], "image": own}})
    image = f"registry.example:5000/team/python:2.0.0{DIGEST}"
    assert newer_pins(project, bumped(image, project, own)).image == image


def test_it_is_written_where_people_would_write_it() -> None:
    written = write_pins(
        b"apiVersion: mlspec/v1\nkind: Project\nci: {providers: [gitlab]}  # ours\n", Newer(image="x:1")
    )
    assert yaml.safe_load(written)["ci"] == {"providers": ["gitlab"], "image": "x:1"}
    assert b"# ours" in written
