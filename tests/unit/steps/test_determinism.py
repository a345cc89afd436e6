"""Two fresh processes write the same bytes, whatever the hash seed, the time and the folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

Project = Any

WRITTEN = (
    "models/flower/validation.json",
    "models/flower/prepared/train.csv",
    "models/flower/prepared/test.csv",
    "models/flower/model/model.skops",
    "models/flower/model/signature.json",
    "models/flower/metrics.json",
    "models/packaged/model/model.skops",
    "models/packaged/model/signature.json",
    *(
        f"kinds/{name}"
        for name in ("forest", "logistic", "boosting", "histogram", "network", "vectors", "neighbours", "mixed")
    ),
)


@pytest.mark.slow
def test_fresh_processes_agree(project: Project, tmp_path: Path) -> None:
    project.params["training"] |= {"exclude": [], "model": "trained.skops"}
    project.params["evaluation"]["metrics"] = ["accuracy", "roc_auc", "log_loss"]
    project.rules(colour={"type": "category", "values": ["red", "white", "blue"]})
    folders = [tmp_path / "one", tmp_path / "two"]
    for seed, folder in enumerate(folders, 1):
        (folder / "models/flower").mkdir(parents=True)
        shutil.copy(project.folder / "data.csv", folder)
        (folder / "models/flower/params.yaml").write_text(json.dumps(project.params))
        done = subprocess.run(
            [sys.executable, Path(__file__).with_name("fresh_run.py"), "models/flower/params.yaml"],
            cwd=folder,
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    one, two = ({name: (folder / name).read_bytes() for name in WRITTEN} for folder in folders)
    assert [name for name in WRITTEN if one[name] != two[name]] == []
