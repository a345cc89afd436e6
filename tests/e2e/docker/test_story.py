"""A day with containers: the wine example from `init` on, in a project whose production is a Docker Engine."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest
import skops.io
from e2e.docker.shop import PATIENT, Shop, answering, post, said
from fakes.engine import free_port

pytestmark = pytest.mark.slow

FEATURES = """\
def ratios(rows):
    made = rows.copy()
    made["strength"] = rows["alcohol"] / rows["malic_acid"]
    return made
"""
WATCHED = """\
features: {function: "cellar.features:ratios"}
monitoring: {drift: [{features: all, test: psi, max: 0.2, window: 1000}]}
training:
"""
LISTER = "import importlib.metadata as m, json; print(json.dumps([(d.name, d.version) for d in m.distributions()]))"


@pytest.fixture
def cellar(
    environment: None, engine: docker.DockerClient, proxy_image: str, engine_project: str, tmp_path: Path
) -> Shop:
    """The wine example with a feature more, watched, for containers, never trained."""
    init = [sys.executable, "-m", "mlspec", "init", "--example", "wine", "shop"]
    subprocess.run(init, cwd=tmp_path, check=True, capture_output=True)
    made = Shop(tmp_path / "shop", engine_project, engine)
    made.edit("specs/wine.yaml", "evaluation:\n", f"{PATIENT}}}\nevaluation:\n")
    made.edit("specs/wine.yaml", "training:\n", WATCHED)
    made.write("src/cellar/__init__.py", "")
    made.write("src/cellar/features.py", FEATURES)
    made.to_containers()
    return made


def test_a_day_with_wine_in_containers(cellar: Shop) -> None:
    first_apply(cellar)
    the_container_answers_as_the_evaluated_model(cellar)
    live_traffic_is_compared(cellar)
    the_bill_names_what_is_installed(cellar)
    a_gate_holds(cellar)
    a_limit_is_a_new_image(cellar)
    owners_touch_nothing_that_runs(cellar)
    replicas_and_memory_need_no_image(cellar)


def edit(cellar: Shop, old: str, new: str) -> None:
    cellar.edit("specs/wine.yaml", old, new)
    cellar.mlspec("compile")
    cellar.commit(f"{old} -> {new}")


def first_apply(cellar: Shop) -> None:
    because = cellar.because()
    assert list(because) == [
        "train:wine", "register:wine", "promote:wine:production", "build:wine:production", "deploy:wine:production",
    ]  # fmt: skip
    assert because["build:wine:production"][0]["kind"] == "ImageMissing"
    start = time.monotonic()
    out = cellar.mlspec("apply", "--yes").out
    print(f"train, build and deploy: {time.monotonic() - start:.1f} s")
    place = cellar.place()
    assert (place["sync"], place["health"], place["target"]) == ("Synced", "Healthy", "docker")
    assert place["endpoint"] in out
    [image] = cellar.images()
    print(f"image: {image.tags[0]}, {image.attrs['Size'] / 1e6:.0f} MB")
    assert image.tags[0].startswith(f"{cellar.name}/wine:v0.1.0-")
    cellar.is_settled()
    before = cellar.ids()
    cellar.mlspec("apply", "--yes")
    assert cellar.ids() == before


def the_container_answers_as_the_evaluated_model(cellar: Shop) -> None:
    """The whole test split: the same bytes as from mlspec's server here, and the very numbers of the model.

    Callers send the columns that the source has; what the features function makes of them, the server makes, too.
    """
    bundle = cellar.root / "models/wine/model"
    with (cellar.root / "models/wine/prepared/test.csv").open(newline="") as stream:
        made = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(stream)]
    truth = [int(row.pop("cultivar")) for row in made]
    names = [column["name"] for column in json.loads((bundle / "signature.json").read_text())["inputs"]]
    assert set(made[0]) - set(names) == {"strength"}
    body = json.dumps({"rows": [{name: row[name] for name in names} for row in made]}).encode()
    inside = post(f"{cellar.place()['endpoint']}/predict", body)
    with served_here(bundle) as endpoint:
        assert inside == post(f"{endpoint}/predict", body)
    answer = json.loads(inside)
    fitted = skops.io.load(bundle / "model.skops", trusted=skops.io.get_untrusted_types(file=bundle / "model.skops"))
    values = [list(row.values()) for row in made]
    assert answer["predictions"] == fitted.predict(values).tolist()
    shares = [list(row.values()) for row in answer["probabilities"]]
    assert shares == fitted.predict_proba(values).tolist()
    right = sum(said == true for said, true in zip(answer["predictions"], truth, strict=True))
    assert right / len(truth) == pytest.approx(metrics(cellar)["accuracy"])
    print(f"parity: {len(made)} rows, {len(inside)} bytes equal")


def live_traffic_is_compared(cellar: Shop) -> None:
    """The rows that it was made of are no drift; with another unit in one column that column is told, and no other."""
    with (cellar.root / "data/wine.csv").open(newline="") as stream:
        rows = [
            {name: float(value) for name, value in row.items() if name != "cultivar"} for row in csv.DictReader(stream)
        ]
    send(cellar, rows)
    assert cellar.mlspec("drift", "wine", code=0).out.count("drift in") == 0
    send(cellar, [row | {"proline": row["proline"] * 3} for row in rows] * 3)
    assert "drift in proline\n" in cellar.mlspec("drift", "wine", code=3).out


def send(cellar: Shop, rows: list[dict[str, float]]) -> None:
    post(f"{cellar.place()['endpoint']}/predict", json.dumps({"rows": rows}).encode())


def metrics(cellar: Shop) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cellar.read("models/wine/metrics.json"))
    return found


@contextmanager
def served_here(bundle: Path) -> Iterator[str]:
    """The same model served by this environment's own Python."""
    endpoint = f"http://127.0.0.1:{(port := free_port())}"
    given = ["--bundle", bundle, "--name", "wine", "--version", "v0.1.0", "--port", str(port)]
    with subprocess.Popen([sys.executable, "-m", "mlspec.serving", *given], stderr=subprocess.DEVNULL) as process:
        try:
            answering(f"{endpoint}/v2/health/ready")
            yield endpoint
        finally:
            process.terminate()


def the_bill_names_what_is_installed(cellar: Shop) -> None:
    told = cellar.mlspec("bom", "wine").json
    assert told["bomFormat"] == "CycloneDX"
    bill = {(canonical(item["name"]), item["version"]) for item in told["components"]}
    inside = said(cellar.server(), ["python", "-c", LISTER])
    installed = {(canonical(name), version) for name, version in json.loads(inside)}
    assert "scikit-learn" in dict(installed)
    assert installed <= bill, installed - bill
    assert cellar.mlspec("bom", "wine@v0.1.0").json == told


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def a_gate_holds(cellar: Shop) -> None:
    before, images = cellar.ids(), cellar.serves()
    edit(cellar, "max_depth: 8", "max_depth: 1")
    assert "build:wine:production" in cellar.because()
    assert "held" in cellar.mlspec("reconcile").out
    assert (cellar.ids(), cellar.serves()) == (before, images)
    assert list(cellar.held()) == ["GateFailed"]
    cellar.git("revert", "--no-edit", "HEAD")
    cellar.is_settled()


def a_limit_is_a_new_image(cellar: Shop) -> None:
    endpoint, old = cellar.place()["endpoint"], cellar.ids("server")
    edit(cellar, PATIENT, f"{PATIENT}, limits: {{batch: 777}}")
    because = cellar.because()
    assert list(because) == ["build:wine:production", "deploy:wine:production"]
    assert [reason["subject"] for reason in because["deploy:wine:production"]] == ["serving.limits.batch"]
    cellar.mlspec("reconcile")
    assert cellar.place()["endpoint"] == endpoint
    assert cellar.ids("server").isdisjoint(old)
    cellar.is_settled()


def owners_touch_nothing_that_runs(cellar: Shop) -> None:
    before, images = cellar.ids(), cellar.serves()
    edit(cellar, "owners: [cellar@example.com]", "owners: [wine@example.com]")
    assert list(cellar.because()) == ["register:wine"]
    cellar.mlspec("reconcile")
    assert (cellar.ids(), cellar.serves()) == (before, images)
    cellar.is_settled()


def replicas_and_memory_need_no_image(cellar: Shop) -> None:
    first, images = cellar.server().id, cellar.serves()
    edit(cellar, "production: {replicas: 1}", "production: {replicas: 2}")
    assert list(cellar.because()) == ["scale:wine:production"]
    cellar.mlspec("reconcile")
    cellar.is_settled(replicas=2)
    assert first in cellar.ids("server")
    edit(cellar, "limits: {batch: 777}", "limits: {batch: 777}, resources: {cpu: 0.5, memory: 512Mi}")
    assert list(cellar.because()) == ["deploy:wine:production"]
    cellar.mlspec("reconcile")
    cellar.is_settled(replicas=2)
    hosts = [container.attrs["HostConfig"] for container in cellar.containers("server")]
    assert {(host["Memory"], host["NanoCpus"]) for host in hosts} == {(512 * 2**20, 500_000_000)}
    assert cellar.serves() == images
