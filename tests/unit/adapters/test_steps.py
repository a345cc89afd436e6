"""What is installed where mlspec runs, as constraints for images take it."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from mlspec.adapters.steps import LocalSteps, count_devices


def test_installed_packages_by_their_normal_names() -> None:
    found = LocalSteps(".").installed()
    assert found["scikit-learn"] == metadata.version("scikit-learn")
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in found)


def test_a_local_part_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """No index has what was built here under that name."""
    given = [("Torch_Vision", "2.1.0+cu118"), ("numpy", "2.1.0"), (None, "1")]
    monkeypatch.setattr(metadata, "distributions", lambda: [SimpleNamespace(name=n, version=v) for n, v in given])
    assert LocalSteps(".").installed() == {"torch-vision": "2.1.0", "numpy": "2.1.0"}


@pytest.mark.parametrize(
    ("files", "environ", "count"),
    [
        ([], {}, 0),
        (["nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"], {}, 2),
        (["nvidia0", "nvidia1"], {"CUDA_VISIBLE_DEVICES": "1"}, 1),
        (["nvidia0", "nvidia1"], {"CUDA_VISIBLE_DEVICES": ""}, 0),
        (["nvidia0", "nvidia1"], {"CUDA_VISIBLE_DEVICES": "-1"}, 0),
        (["nvidia0"], {"CUDA_VISIBLE_DEVICES": "0,1,2"}, 1),
        (["dri/renderD128"], {}, 0),
        (["dri/renderD128", "kfd"], {}, 1),
        (["dri/renderD128", "dri/renderD129", "kfd"], {"HIP_VISIBLE_DEVICES": "0"}, 1),
    ],
)
def test_graphics_processors_are_counted_as_programs_see_them(
    files: list[str], environ: dict[str, str], count: int, tmp_path: Path
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert count_devices(tmp_path, environ) == count


def test_late_labels_are_measured_by_no_module_of_the_repository(tmp_path: Path) -> None:
    """A job that holds a token measures them, too."""
    for name in ("json", "numpy", "mlspec"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    asked = {"metrics": ["accuracy"], "truth": ["a", "b"], "predicted": ["a", "a"], "classes": ["a", "b"]}
    assert LocalSteps(str(tmp_path)).measure(asked) == {"accuracy": 0.5}
