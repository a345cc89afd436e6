"""Data from elsewhere, from real sources: a web server, SQLite, PostgreSQL, S3, commands and folders."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import table
from e2e.project import Project
from fakes.sources import Page, Web, execute, postgres, s3_server, web_server

pytestmark = pytest.mark.slow

PLAIN = "    - {name: rows, path: data/rows.csv}\n"


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server with the table."""
    with web_server() as found:
        found.pages["/rows.csv"] = Page(table().encode(), etag='"one"')
        yield found


def sourced(project: Project, source: str) -> Project:
    """The project with another source, committed and compiled, without the file that it had."""
    project.git("rm", "--quiet", "data/rows.csv")
    project.edit("specs/toy.yaml", PLAIN, f"    - {source}\n")
    project.mlspec("compile")
    project.commit("data from elsewhere")
    return project


def due(project: Project, *args: str) -> dict[str, list[str] | str]:
    """Source → the kinds of reasons for which it is to be refreshed, or why it is held."""
    made = project.plan(*args)
    planned = [item for item in made["actions"] if item["action"] == "refresh"]
    held = {item["source"]: item["reason"] for item in made["held"] if item.get("source")}
    return held | {item["source"]: [why["kind"] for why in item["because"]] for item in planned}


def event(project: Project) -> Any:
    """What happened last."""
    return project.mlspec("history", "--json").json["events"][0]


def test_a_table_on_the_web_from_its_first_fetch_to_the_day_it_is_gone(
    project: Project, web: Web, tmp_path: Path
) -> None:
    sourced(project, f'{{name: rows, url: "{web.url("/rows.csv")}"}}')
    made = project.plan("--out", str(tmp_path / "saved.plan"))
    assert [item["id"] for item in made["actions"]][:2] == ["refresh:rows", "train:toy"]
    assert made["actions"][1]["depends_on"] == ["refresh:rows"]
    assert web.asked == ["HEAD /rows.csv"], "a plan asks, and fetches nothing"

    done = project.mlspec("apply", str(tmp_path / "saved.plan"), "--only", "train", "--json").json
    assert [item["status"] for item in done["outcomes"]] == ["done"] * 3
    assert done["outcomes"][0] | {"id": "refresh:rows", "detail": "60 rows, 3 columns"} == done["outcomes"][0]
    assert project.status == ""
    assert project.git("log", "-3", "--format=%s").splitlines()[:2] == [
        "mlspec: train toy v0.1.0",
        "mlspec: refresh rows",
    ]
    assert project.read("data/rows.csv") == table()
    assert project.git("ls-files", "data").split() == ["data/.gitignore", "data/rows.csv.dvc"]
    assert "train:toy" not in project.planned()

    lines = table(80).splitlines()
    rows = "".join(f"{line},{'region' if number == 0 else 'north'}\n" for number, line in enumerate(lines))
    web.pages["/rows.csv"] = Page(rows.encode(), etag='"two"')
    web.asked.clear()
    [refresh, train, *_] = project.plan()["actions"]
    why = refresh["because"][0]
    assert (why["kind"], why["subject"], why["where"]) == ("SourceChanged", "rows", "specs/toy.yaml:7")
    assert '"one"' in why["old"]
    assert '"two"' in why["new"]
    assert (train["id"], train["because"][0]["new"]) == ("train:toy", "known after refresh")
    assert set(web.asked) == {"HEAD /rows.csv"}
    assert due(project, "--offline") == {}

    said = project.mlspec("refresh", "rows").err
    assert "60 → 80 rows" in said
    assert "column region is new: text" in said
    assert event(project)["outcome"] == "refreshed"
    [train, *_] = project.plan()["actions"]
    assert (train["id"], train["because"][0]["subject"]) == ("train:toy", "data/rows.csv")

    before = project.git("rev-parse", "HEAD")
    del web.pages["/rows.csv"]
    assert due(project) == {"rows": "NotObserved"}
    assert "there is no" in project.mlspec("refresh", code=1).out
    web.pages["/rows.csv"] = Page(b"<!DOCTYPE html>\n<p>moved</p>\n", etag='"three"')
    assert "no CSV file" in project.mlspec("refresh", code=1).out
    assert (project.git("rev-parse", "HEAD"), project.status, project.read("data/rows.csv")) == (before, "", rows)

    clone = Project(tmp_path / "clone")
    subprocess.run(["git", "clone", "--quiet", project.root, clone.root], check=True)
    assert "train:toy" in clone.planned(), "a fresh clone plans without the data"
    assert not (clone.root / "data/rows.csv").exists()


def test_the_same_bytes_commit_nothing_and_a_saved_plan_is_exact(project: Project, web: Web) -> None:
    sourced(project, f'{{name: rows, url: "{web.url("/rows.csv")}"}}')
    project.mlspec("refresh")
    before = project.git("rev-parse", "HEAD")
    web.pages["/rows.csv"].etag = '"other"'
    assert due(project) == {"rows": ["SourceChanged"]}
    project.mlspec("plan", "--out", "saved.plan")
    web.pages["/rows.csv"].etag = '"yet another"'
    assert "stale" in project.mlspec("apply", "saved.plan", code=1).err
    assert "the same data as before" in project.mlspec("refresh").err
    assert (project.git("rev-parse", "HEAD"), due(project)) == (before, {})
    assert event(project)["outcome"] == "checked"


def test_servers_of_all_kinds(project: Project, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.pages["/rows.csv"] = Page(table().encode(), head=False, token="canary-secret")
    sourced(project, f'{{name: rows, url: "{web.url("/rows.csv")}", token_env: ROWS_TOKEN}}')
    assert "ROWS_TOKEN is not set" in project.held()["NotObserved"]
    monkeypatch.setenv("ROWS_TOKEN", "wrong")
    assert "401" in project.mlspec("refresh", code=1).out
    monkeypatch.setenv("ROWS_TOKEN", "canary-secret")
    project.mlspec("refresh")
    assert due(project) == {}, "a server without HEAD and ETag is asked by GET for date and size"
    web.pages["/rows.csv"].body = table(70).encode()
    assert due(project) == {"rows": ["SourceChanged"]}
    web.pages["/rows.csv"].validators = False
    assert due(project) == {}, "who says nothing of himself has nothing to compare"
    assert_no_secret(project)


def database(kind: str, tmp_path: Path) -> Any:
    """A context with the URL of a database: SQLite or PostgreSQL."""
    if kind == "postgresql":
        return postgres()
    return _Sqlite(tmp_path / "shop.db")


class _Sqlite:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __enter__(self) -> str:
        sqlite3.connect(self.file).close()
        return f"sqlite:///{self.file}"

    def __exit__(self, *_: object) -> None:
        self.file.unlink()


SQL = """\
name: rows
      sql:
        query: SELECT a, b, y FROM rows {order}
        url_env: SHOP_URL
        probe: SELECT count(*), max(id) FROM rows"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_query_is_asked_by_its_probe_and_order_is_no_change(
    project: Project, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database(kind, tmp_path) as url:
        values = [line.split(",") for line in table().splitlines()[1:]]
        rows = [f"INSERT INTO rows VALUES ({n}, {a}, {b}, {y})" for n, (a, b, y) in enumerate(values)]
        execute(url, "CREATE TABLE rows (id integer, a numeric(4, 3), b double precision, y integer)", *rows)
        sourced(project, SQL.format(order="ORDER BY id"))
        assert "SHOP_URL is not set" in project.held()["NotObserved"]
        monkeypatch.setenv("SHOP_URL", url)
        project.mlspec("refresh")
        assert len(project.read("data/rows.csv").splitlines()) == 61

        project.edit("specs/toy.yaml", "ORDER BY id", "ORDER BY b")
        before = project.commit("another order")
        assert due(project) == {"rows": ["SpecChanged"]}
        assert "the same data as before" in project.mlspec("refresh").err
        assert (project.git("rev-parse", "HEAD"), due(project)) == (before, {})

        execute(url, "INSERT INTO rows VALUES (1000, 0.5, 0.5, 1)", "UPDATE rows SET a = NULL WHERE id = 3")
        (refresh, *_) = project.plan()["actions"]
        why = refresh["because"][0]
        assert (why["kind"], why["old"][:12], why["new"]) == ("SourceChanged", "probe 60, 59", "probe 61, 1000")
        assert "60 → 61 rows" in project.mlspec("refresh").err
        execute(url, "DROP TABLE rows")
        assert due(project) == {"rows": "NotObserved"}
        assert project.mlspec("refresh", code=1).out.count("rows") >= 1
        assert len(project.read("data/rows.csv").splitlines()) == 62
        assert_no_secret(project)


def test_an_object_on_an_s3_server(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s3" / "shop").mkdir(parents=True)
    here = tmp_path / "s3" / "shop" / "rows.csv"
    here.write_text(table())
    with s3_server(tmp_path / "s3") as endpoint:
        sourced(project, f'{{name: rows, s3: {{bucket: shop, key: rows.csv, endpoint: "{endpoint}"}}}}')
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ada")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        assert due(project) == {"rows": "NotObserved"}
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret")
        project.mlspec("refresh")
        assert project.read("data/rows.csv") == table()
        assert due(project) == {}
        here.write_text(table(70))
        assert due(project) == {"rows": ["SourceChanged"]}
        here.unlink()
        assert due(project) == {"rows": "NotObserved"}
        assert_no_secret(project)


def test_a_file_at_an_address_that_fsspec_knows(project: Project, tmp_path: Path) -> None:
    share = tmp_path / "share" / "rows.csv"
    share.parent.mkdir()
    share.write_text(table())
    sourced(project, f'{{name: rows, path: data/share/rows.csv, url: "file://{share}", freshness: 7d}}')
    project.mlspec("refresh")
    assert project.read("data/share/rows.csv") == table()
    share.write_text(table(70))
    assert due(project) == {"rows": "StillFresh"}
    project.edit("specs/toy.yaml", "freshness: 7d", "freshness: 1ms")
    project.commit("staler")
    assert due(project) == {"rows": ["SourceChanged"]}


MAKE = """\
import os, pathlib
rows = int(pathlib.Path("data/many").read_text())
pathlib.Path(os.environ["MLSPEC_OUTPUT"]).write_text("a,b,y\\n" + "0.5,0.5,1\\n" * rows)
print("made", rows)
"""


def test_a_command_is_run_again_for_its_code_and_its_deps_and_not_to_look(project: Project) -> None:
    project.write("src/make.py", MAKE)
    project.write("data/many", "30")
    sourced(project, "{name: rows, command: python src/make.py, deps: [data/many], timeout: 5s}")
    project.mlspec("refresh")
    assert len(project.read("data/rows.csv").splitlines()) == 31
    assert project.read(".mlspec/logs/sources/rows.log") == "made 30\n"
    project.edit("src/make.py", "import os", "# a comment\nimport os")
    project.commit()
    assert due(project) == {}
    project.write("data/many", "40")
    project.commit()
    assert due(project) == {"rows": ["SpecChanged"]}
    project.mlspec("refresh")
    assert len(project.read("data/rows.csv").splitlines()) == 41
    project.edit("src/make.py", 'print("made", rows)', "import time; time.sleep(60)")
    project.commit()
    assert "longer than 5 s" in project.mlspec("refresh", code=1).out
    project.edit("specs/toy.yaml", "command: python src/make.py", "command: echo nothing")
    project.commit()
    assert "left no file at $MLSPEC_OUTPUT" in project.mlspec("refresh", code=1).out
    assert len(project.read("data/rows.csv").splitlines()) == 41


def test_what_is_stale_is_refreshed_by_reconcile_before_it_trains(project: Project) -> None:
    project.write("src/make.py", MAKE.replace('"a,b,y', f'"{table()[:-1].replace(chr(10), chr(92) + "n")}" + "'))
    project.write("data/many", "1")
    sourced(project, "{name: rows, command: python src/make.py, freshness: 1ms}")
    done = project.mlspec("reconcile", "--only", "train", "--json").json
    assert [(item["id"], item["status"]) for item in done["outcomes"]] == [
        ("refresh:rows", "done"),
        ("train:toy", "done"),
        ("register:toy", "done"),
    ]
    (stale, *others) = project.plan()["actions"]
    assert (stale["id"], stale["because"][0]["kind"]) == ("refresh:rows", "SourceStale")
    assert "train:toy" not in [item["id"] for item in others], "old data may well be the same"
    again = project.mlspec("reconcile", "--only", "train", "--json").json
    assert [(item["id"], item["detail"]) for item in again["outcomes"]] == [("refresh:rows", "the same data as before")]


def test_a_folder_is_one_table_and_its_files_are_told_by_name(trained_project: Project) -> None:
    project = trained_project
    lines = table().splitlines(keepends=True)
    project.write("data/months/2026-01.csv", "".join(lines[:31]))
    project.write("data/months/2026-02.csv", lines[0] + "".join(lines[31:]))
    project.edit("specs/toy.yaml", PLAIN, "    - {name: rows, folder: data/months}\n")
    project.mlspec("compile")
    project.commit("by months")
    project.mlspec("apply", "--yes", "--only", "train")
    project.write("data/months/2026-03.csv", lines[0] + lines[5])
    project.git("rm", "--quiet", "data/months/2026-01.csv")
    project.commit("a month later")
    [train, *_] = project.plan()["actions"]
    assert {(why["subject"], why["old"] is None, why["new"] is None) for why in train["because"]} == {
        ("data/months/2026-01.csv", False, True),
        ("data/months/2026-03.csv", True, False),
    }
    project.write("data/months/2026-03.csv", "a,c,y\n0.1,0.2,1\n")
    project.commit("another header")
    said = project.mlspec("apply", "--yes", "--only", "train", code=1)
    assert "2026-03.csv" in said.out + said.err
    assert "column b is not there" in said.out + said.err


def assert_no_secret(project: Project) -> None:
    """The canary is in no file of the project and in no message."""
    assert "canary-secret" not in project.mlspec("history").out
    found = subprocess.run(
        ["grep", "-rl", "canary-secret", str(project.root)], capture_output=True, text=True, check=False
    )
    assert found.stdout == ""
    log = project.git("log", "--all", "-p", "--format=%B", "refs/mlspec/project")
    assert "canary-secret" not in log
