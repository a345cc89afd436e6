"""Imports that are followed: every first-party file that a training may run counts, and no other."""

from __future__ import annotations

import pytest
from fakes.wanted import MemoryTree

from mlspec.domain.python import follow

PROJECT = {
    "train.py": "import prep\nfrom shop import model, settings as s\nimport numpy, os\nfrom far.away import thing\n",
    "prep.py": "from shop.deep.down import scale\n",
    "shop/__init__.py": "from . import defaults\n",
    "shop/model.py": "from .deep import down\nfrom . import relative\n",
    "shop/settings.py": "DEPTH = 3\n",
    "shop/defaults.py": "SEED = 7\n",
    "shop/relative.py": "from .deep.down import scale\nfrom ..odd import way\n",
    "shop/deep/__init__.py": "",
    "shop/deep/down.py": "def scale(x):\n    from hidden import late\n    return x\n",
    "src/far/away.py": "from far import near\n",
    "src/far/near.py": "thing = 1\n",
    "hidden.py": "late = 1\n",
    "neighbour.py": "import train\n",
    "shop/unused.py": "",
    "numpy.txt": "",
}
RUN = sorted(PROJECT.keys() - {"neighbour.py", "shop/unused.py", "numpy.txt"})


def test_all_that_runs_is_found_and_nothing_else() -> None:
    assert list(follow(MemoryTree(PROJECT), ["train.py"])) == RUN


@pytest.mark.parametrize("gone", ["shop/__init__.py", "shop/deep/__init__.py"])
def test_packages_without_a_file_of_their_own(gone: str) -> None:
    files = {path: text for path, text in PROJECT.items() if path != gone}
    missed = {"shop/__init__.py": {gone, "shop/defaults.py"}, "shop/deep/__init__.py": {gone}}[gone]
    assert set(follow(MemoryTree(files), ["train.py"])) == set(RUN) - missed


def test_a_script_finds_what_is_beside_it_from_anywhere() -> None:
    """Python looks beside the script that was started, whichever module asks."""
    files = {"jobs/train.py": "import lib.core\n", "jobs/lib/core.py": "import common\n", "jobs/common.py": ""}
    assert follow(MemoryTree(files), ["jobs/train.py"]) == ("jobs/common.py", "jobs/lib/core.py", "jobs/train.py")


def test_a_module_that_is_started_runs_its_packages() -> None:
    files = {
        "shop/__init__.py": "import settings",
        "shop/jobs/__init__.py": "",
        "shop/jobs/train.py": "",
        "settings.py": "",
    }
    assert follow(MemoryTree(files), ["shop/jobs/train.py"]) == tuple(sorted(files))


def test_where_two_files_may_be_meant_both_count() -> None:
    """`python shop/train.py` takes the one beside it, `python -m shop.train` the one at the top."""
    files = {"shop/train.py": "import common\n", "shop/common.py": "", "common.py": "", "src/common.py": ""}
    assert follow(MemoryTree(files), ["shop/train.py"]) == tuple(sorted(files))


def test_a_module_and_a_package_of_one_name_both_count() -> None:
    files = {"train.py": "import both", "both.py": "", "both/__init__.py": ""}
    assert follow(MemoryTree(files), ["train.py"]) == tuple(sorted(files))


def test_circles_end() -> None:
    files = {"a.py": "import b", "b.py": "import a"}
    assert follow(MemoryTree(files), ["a.py"]) == ("a.py", "b.py")


def test_dots_that_lead_out_of_the_project_are_harmless() -> None:
    files = {"a.py": "from ..... import b\nfrom ....c import d\n", "b.py": ""}
    assert "a.py" in follow(MemoryTree(files), ["a.py"])


def test_a_file_that_does_not_parse_is_found_and_leads_nowhere() -> None:
    files = {"a.py": "import b", "b.py": "import c\ndef (", "c.py": ""}
    assert follow(MemoryTree(files), ["a.py"]) == ("a.py", "b.py")


def test_only_python_and_only_what_git_has_is_followed() -> None:
    assert follow(MemoryTree({"a.sh": "import b", "b.py": ""}), ["a.sh", "gone.py"]) == ()
