"""A converted model in its image: ONNX Runtime, no scikit-learn, and the answers that were judged."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import docker
import pytest
from e2e.docker.shop import PATIENT, Shop, post, said

pytestmark = pytest.mark.slow

LISTER = "import importlib.metadata as m, json; print(json.dumps([d.name.lower() for d in m.distributions()]))"


def test_its_image_has_the_runtime_alone(
    environment: None, engine: docker.DockerClient, proxy_image: str, engine_project: str, tmp_path: Path
) -> None:
    init = [sys.executable, "-m", "mlspec", "init", "--example", "wine", "shop"]
    subprocess.run(init, cwd=tmp_path, check=True, capture_output=True)
    cellar = Shop(tmp_path / "shop", engine_project, engine)
    cellar.edit("specs/wine.yaml", "evaluation:\n", f"{PATIENT}, format: onnx}}\nevaluation:\n")
    cellar.to_containers()
    cellar.mlspec("apply", "--yes")
    installed = set(json.loads(said(cellar.server(), ["python", "-c", LISTER])))
    assert "onnxruntime" in installed
    assert installed.isdisjoint({"scikit-learn", "scipy", "skops", "pandas", "onnx", "skl2onnx"})
    with (cellar.root / "models/wine/prepared/test.csv").open(newline="") as stream:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(stream)]
    truth = [row.pop("cultivar") for row in rows]
    made = json.loads(post(f"{cellar.place()['endpoint']}/predict", json.dumps({"rows": rows}).encode()))["predictions"]
    right = sum(one == other for one, other in zip(made, truth, strict=True))
    assert right / len(rows) == pytest.approx(json.loads(cellar.read("models/wine/metrics.json"))["accuracy"])
