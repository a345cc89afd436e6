"""A features function: from raw rows to a trained bundle that holds its code, and parity of what is served."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.datasets import load_diabetes

from mlspec.steps.params import load_params
from mlspec.steps.skew import check_skew

Project = Any

PLAIN = """
def make(rows):
    made = rows[["width"]] * 2
    made["reddish"] = rows["colour"] == "red"
    made["shade"] = rows["colour"].str[:1]
    return made
"""


def parity(project: Project) -> None:
    check_skew(load_params(Path("models/flower/params.yaml")), project.model / "model")


def test_the_model_is_trained_on_what_the_function_gives(project: Project, own: Any) -> None:
    name = own(PLAIN)
    project.run("validate", "transform", "prepare", "train", "evaluate")
    assert list(pd.read_csv(project.model / "prepared/train.csv").columns) == ["width", "reddish", "shade", "kind"]
    assert list(pd.read_csv(project.model / "prepared/raw_test.csv").columns) == ["width", "length", "colour", "kind"]
    signature = project.read("model/signature.json")
    assert signature["format"] == 2
    assert [(each["name"], each["type"]) for each in signature["inputs"]] == [
        ("width", "number"),
        ("length", "number"),
        ("colour", "string"),  # not declared a category: any text may come
    ]
    assert [each["name"] for each in signature["features"]["columns"]] == ["width", "reddish", "shade"]
    assert (project.model / f"model/features/{name}.py").read_text() == PLAIN
    assert project.read("metrics.json")["accuracy"] > 0.5


def test_each_row_keeps_its_features_and_its_target(project: Project, own: Any) -> None:
    own(PLAIN)
    project.run("transform", "prepare")
    for part in ("train", "test"):
        made = pd.read_csv(project.model / f"prepared/{part}.csv")
        raw = pd.read_csv(project.model / f"prepared/raw_{part}.csv")
        assert (made["kind"] == raw["kind"]).all()
        assert (made["width"] == raw["width"] * 2).all()


def test_the_function_gets_what_it_asks_for_and_never_the_target(project: Project, own: Any) -> None:
    own("def make(rows):\n    assert list(rows) == ['width']\n    return rows + 1\n", inputs=["width"])
    project.run("transform", "prepare", "train")
    assert [each["name"] for each in project.read("model/signature.json")["inputs"]] == ["width"]
    own("def make(rows):\n    assert 'kind' not in rows\n    return rows[['width']]\n")
    project.run("transform")


def test_code_below_src_is_found_with_all_that_it_imports(project: Project, own: Any) -> None:
    folder = project.folder / "src/ownpackage"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "helper.py").write_text("from ownpackage import deeper\n\ndouble = deeper.double\n")
    (folder / "deeper.py").write_text("def double(rows):\n    return rows * 2\n")
    (folder / "alien.py").write_text("raise ValueError\n")
    own("def make(rows):\n    from ownpackage.helper import double\n    return double(rows[['width']])\n", root="src")
    project.run("transform", "prepare", "train", "evaluate")
    found = {path.relative_to(project.model / "model/features").as_posix() for path in _files(project)}
    assert {name for name in found if "ownpackage" in name} == {
        f"src/ownpackage/{name}.py" for name in ("__init__", "helper", "deeper")
    }


def _files(project: Project) -> list[Path]:
    return [path for path in (project.model / "model/features").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def make(rows):\n    return rows['width'].mean()\n", "not a DataFrame"),
        ("def make(rows):\n    return rows[rows['width'] > 1]\n", "gives other rows than it got"),
        ("def make(rows):\n    return rows.sort_values('width')\n", "gives other rows than it got"),
        ("def make(rows):\n    return rows[['breadth']]\n", "failed: KeyError"),
        ("def make(rows):\n    return rows[['width']].assign(kind=1)\n", "gives the target, kind"),
        ("def make(rows):\n    return rows[[]]\n", "must give columns with a name each"),
        (
            "import pandas\ndef make(rows):\n    return rows.assign(d=pandas.Timestamp('2024-01-01'))\n",
            "column d as date",
        ),
        ("import nosuchmodule\n", "importing own"),
        ("make = 3\n", "has no function make"),
    ],
)
def test_what_the_function_does_wrong_is_told(project: Project, own: Any, code: str, told: str) -> None:
    own(code)
    assert told in project.fail("transform")
    assert not (project.model / "features").exists()


def test_a_wrong_column_or_module_is_told(project: Project, own: Any) -> None:
    own(PLAIN, inputs=["widht"])
    assert "features.inputs: there is no column widht (did you mean width?)" in project.fail("transform")
    own(PLAIN)
    project.run("transform", "prepare")
    project.params["features"]["function"] = "json:dumps"
    assert "features.function: the repository has no module json" in project.fail("train")


@pytest.mark.parametrize(
    ("code", "column", "how"),
    [
        ("def make(rows):\n    return rows[['width']] - rows['width'].mean()\n", "width", "sent alone"),
        ("def make(rows):\n    return rows.assign(n=len(rows))[['width', 'n']]\n", "n", "sent with the others"),
    ],
)
def test_features_that_depend_on_other_rows_are_told(
    project: Project, own: Any, code: str, column: str, how: str
) -> None:
    own(code)
    project.run("transform", "prepare", "train")
    told = project.fail("evaluate")
    assert "served features differ from those that were trained on" in told
    assert f"test row 0, column {column}: trained on" in told
    assert how in told or "sent alone" in told


def test_a_file_of_the_repository_is_not_there_when_it_is_served(project: Project, own: Any) -> None:
    (project.folder / "factor.txt").write_text("2")
    factor = "float(Path('factor.txt').read_text())"
    own(f"from pathlib import Path\ndef make(rows):\n    return rows[['width']] * {factor}\n")
    project.run("transform", "prepare", "train")
    assert "the server can't make features: FileNotFoundError" in project.fail("evaluate")


def test_features_are_compared_where_a_command_measures(project: Project, own: Any) -> None:
    own("def make(rows):\n    return rows[['width']] - rows['width'].mean()\n")
    project.params["evaluation"]["command"] = "echo '{\"accuracy\": 1.0}' > $METRICS_FILE"
    project.run("transform", "prepare", "train")
    assert "served features differ from those that were trained on" in project.fail("evaluate")


def test_personal_data_is_blotted_out_of_what_differs(project: Project, own: Any) -> None:
    who = "'ada@example.com' if len(rows) > 1 else 'bob@example.com'"
    own(f"def make(rows):\n    return rows[['width']].assign(who={who})\n")
    project.run("transform", "prepare", "train")
    told = project.fail("evaluate")
    assert "trained on '<e-mail address>', served '<e-mail address>'" in told
    assert "@" not in told


def test_served_code_is_the_bundles_own(project: Project, own: Any) -> None:
    name = own(PLAIN)
    project.run("transform", "prepare", "train")
    parity(project)
    (project.folder / f"{name}.py").write_text("raise ValueError('not from here')\n")
    parity(project)
    (project.model / f"model/features/{name}.py").write_text(PLAIN.replace("* 2", "* 3"))
    assert "column width: trained on" in project.fail("evaluate")
    (project.model / f"model/features/{name}.py").unlink()
    assert "the server can't make features: " in project.fail("evaluate")


def test_missing_values_and_whole_numbers_are_the_same_in_both(project: Project, own: Any) -> None:
    rows = "".join(
        f"{n},{'' if n % 7 == 0 else n / 3},{'yes' if n % 2 else ''},{n % 3 == 0},{n % 2}\n" for n in range(60)
    )
    project.source("count,share,word,flag,kind\n" + rows)
    project.rules(
        count={"type": "integer"},
        share={"type": "number", "nullable": True},
        word={"type": "category", "values": ["yes"], "nullable": True},
        flag={"type": "boolean"},
    )
    project.params["training"]["estimator"] = "sklearn.ensemble.HistGradientBoostingClassifier"
    project.params["training"]["params"] = {"max_iter": 5}
    own(
        "def make(rows):\n"
        "    assert list(rows.dtypes.astype(str)) == ['int64', 'float64', 'object', 'bool']\n"
        "    return rows.assign(half=rows['count'] // 2, third=rows['share'] / 3, empty=rows['word'] == '')\n"
    )
    project.run("validate", "transform", "prepare", "train", "evaluate")
    assert json.loads((project.model / "model/signature.json").read_text())["inputs"][1]["nullable"]


def test_real_measurements_reach_the_model_to_the_last_bit(project: Project, own: Any) -> None:
    """pandas reads some texts one place off; JSON and Python don't, so a served feature would differ."""
    project.source(load_diabetes(as_frame=True).frame.rename(columns={"target": "kind"}).to_csv(index=False))
    project.params["training"] |= {"estimator": "sklearn.linear_model.Ridge", "params": {}}
    project.params["split"] = {"test": 0.25, "stratify": None, "seed": 1}
    project.params["evaluation"] = {"metrics": ["r2"]}
    own("def make(rows):\n    return rows.assign(ratio=rows['bmi'] / rows['bp'])\n")
    project.run("transform", "prepare", "train", "evaluate")
    assert project.read("metrics.json")["r2"] > 0.2


def test_what_a_function_prints_is_no_part_of_any_answer(project: Project, own: Any) -> None:
    own("print('imported')\n" + PLAIN.replace("    made =", "    print('called')\n    made =", 1))
    project.run("validate", "transform", "prepare", "train", "evaluate")
    folder = "models/flower"
    argv = [sys.executable, "-m", "mlspec.steps", "score", f"{folder}/params.yaml", "--model", f"{folder}/model"]
    done = subprocess.run(argv, cwd=project.folder, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["accuracy"] == project.read("metrics.json")["accuracy"]
