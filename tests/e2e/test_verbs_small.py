"""`graph`, `doctor` and `predict` on a real project."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

from e2e.project import Done, Project

HOSTILE = 'a"] --> evil["`x`"] %% <script>alert(1)</script> #quot; end'


def predict(project: Project, rows: str, *args: str) -> Done:
    """Run predict with rows on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "mlspec", "predict", *args],
        cwd=project.root, input=rows, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def test_graph_shows_the_way_to_production(trained_project: Project) -> None:
    project = trained_project
    project.edit("specs/toy.yaml", "name: toy\n", f"name: toy\ndescription: {json.dumps(HOSTILE)}\n")
    drawn = project.mlspec("graph").out.splitlines()
    assert drawn[0] == "flowchart LR"
    assert drawn[1] == '  n0[("data/rows.csv")]'
    assert '    n5(["toy@v0.1.0"])' in drawn
    assert "  n5 --> n6" in drawn
    (title,) = (line for line in drawn if "subgraph" in line)
    assert title.startswith('  subgraph m0["toy#58; a#34;#93; #45;#45;#62; evil#91;#34;#96;x#96;')
    assert title.count('"') == 2
    document = project.mlspec("graph", "--format", "json").json
    assert document["format"] == 1
    assert {"from": "version:toy", "to": "environment:toy/production"} in document["edges"]
    dot = project.mlspec("graph", "--format", "dot").out
    assert 'label="toy: a\\"] --> evil' in dot
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tplain"], input=dot, capture_output=True, text=True, check=True)


def test_doctor_sees_what_is_missing(trained_project: Project) -> None:
    project = trained_project
    well = {check["name"]: check for check in project.mlspec("doctor", "--json").json["checks"]}
    assert [name for name, check in well.items() if check["status"] == "problem"] == []
    assert well["versions"]["message"] == "1 registered, all in the cache"
    shutil.rmtree(project.root / ".dvc/cache")
    (project.root / "data/rows.csv").unlink()
    (project.root / "wrong.lock").write_text("numpy==0.0.1\n")
    project.edit("specs/toy.yaml", "  target: y\n", "  target: y\n  environment: {lock: wrong.lock}\n")
    project.edit("models/toy/params.yaml", "toy", "toys")
    done = project.mlspec("doctor", code=1)
    assert "✗ data         there is no data/rows.csv" in done.out
    assert "! versions     not in DVC's cache: toy@v0.1.0" in done.out
    assert "! environment  wrong.lock: numpy 0.0.1 is wanted" in done.out  # one is built when a model trains
    assert "✗ generated    not current: models/toy/params.yaml" in done.out
    assert "→ mlspec compile" in done.out


def test_predict_asks_what_is_deployed(trained_project: Project) -> None:
    project = trained_project
    nothing = predict(project, "a,b\n1,1\n", "toy")
    assert (nothing.code, nothing.out) == (1, "")
    assert "mlspec apply" in nothing.err
    project.mlspec("apply", "--yes")
    by_csv = predict(project, "y,b,a\n0,0.9,0.9\n1,0.1,0.1\n", "toy", "--env", "production")
    assert by_csv.json["predictions"] == [1, 0]
    assert "left out, as the model does not take them: y" in by_csv.err
    project.write("rows.json", json.dumps({"rows": [{"a": 0.9, "b": 0.9}, {"a": 0.1, "b": 0.1}]}))
    assert predict(project, "", "toy", "rows.json").json == by_csv.json
    refused = predict(project, '{"a": "x", "b": 1}', "toy")
    assert (refused.code, refused.out) == (1, "")
    assert "row 0, column 'a': expected a number" in refused.err
    assert "did you mean `toy`?" in predict(project, "", "tyo").err
    assert "there are: production" in predict(project, "", "toy", "--env", "nowhere").err
    servers = project.mlspec("doctor").out
    assert "1 running, all healthy" in servers
