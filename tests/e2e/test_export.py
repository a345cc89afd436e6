"""Registered versions in a real MLflow: told once, aliases by environment, and no training fails for its sake."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.project import Project
from fakes.engine import free_port, missing
from mlflow import MlflowClient

MLFLOW = os.environ.get("MLSPEC_TEST_MLFLOW") or shutil.which("mlflow") or ""
"""MLflow's program, from an environment of its own: it wants other packages than we do. Read now, as tests run without
any MLSPEC_ variable."""
TRACKING = "tracking: {export: mlflow, files: true}\n"


def answers(uri: str) -> bool:
    """Whether the server is up."""
    try:
        with urllib.request.urlopen(f"{uri}/health", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A server on loopback with a database of its own; its address."""
    if not MLFLOW or not _serves():
        missing("no MLflow server: MLSPEC_TEST_MLFLOW names its program, which `pip install mlflow` brings")
    port = free_port()
    store = ["--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db", "--artifacts-destination", f"{tmp_path}/files"]
    argv = [MLFLOW, "server", *store, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with (tmp_path / "mlflow.log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)
    uri = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 180
    while not answers(uri):
        assert process.poll() is None, (tmp_path / "mlflow.log").read_text()
        assert time.monotonic() < deadline, (tmp_path / "mlflow.log").read_text()
        time.sleep(0.2)
    yield uri
    os.killpg(process.pid, 15)
    process.wait(120)


def _serves() -> bool:
    """The small client has a program of the same name, which has no server in it."""
    return Path(MLFLOW).parent != Path(sys.executable).parent


@pytest.fixture
def tracked(trained_project: Project) -> Project:
    """A project that tells MLflow."""
    trained_project.write("specs/project.yaml", f"{trained_project.read('specs/project.yaml')}{TRACKING}")
    trained_project.mlspec("compile")
    trained_project.commit()
    return trained_project


@pytest.mark.slow
def test_versions_are_told_once_with_their_files(
    tracked: Project, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    said = tracked.mlspec("reconcile", "--only", "train", "--json", "-")
    assert "told MLflow of toy" in said.err
    assert said.json["outcomes"] == [], "MLflow's own client writes nothing to standard output"
    client = MlflowClient(server, server)
    [version] = client.search_model_versions("name = 'toy'")
    assert version.tags["mlspec.version"] == "v0.1.0"
    run = client.get_run(version.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["training.params.C"] == "1.0"
    assert set(run.data.metrics) == {"accuracy", "model_size"}
    assert run.data.tags["mlspec.commit"] == tracked.git("rev-parse", "toy@v0.1.0^{commit}")
    assert {item.path for item in client.list_artifacts(version.run_id, "model")} == {
        "model/model.skops",
        "model/signature.json",
    }

    tracked.mlspec("promote", "toy", "v0.1.0", "--to", "production")
    shutil.rmtree(tracked.root / ".mlspec")  # as a fresh clone, which knows nothing of what was told
    assert "told MLflow of toy" in tracked.mlspec("reconcile", "--only", "train").err
    assert "told" not in tracked.mlspec("reconcile", "--only", "train").err
    assert len(client.search_model_versions("name = 'toy'")) == 1
    assert client.get_model_version_by_alias("toy", "production").tags["mlspec.version"] == "v0.1.0"


@pytest.mark.slow
def test_a_tracker_that_is_away_is_a_warning(tracked: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tracked.mlspec("reconcile", "--only", "train").err
    assert "warning: MLFLOW_TRACKING_URI is not set" in told
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    for _ in range(2):
        assert "warning: MLflow was not told (the next reconcile tells it)" in (
            tracked.mlspec("reconcile", "--only", "train").err
        ), "and it is tried again"
