"""The README's story, told by running it: `make demo`. Every step is checked; nothing is left running or behind."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SPEC = Path("specs/wine.yaml")
PERSON = {"NAME": "Demo", "EMAIL": "demo@example.com"}


@dataclass(frozen=True)
class Done:
    """How a command went: exit code, standard output and error together."""

    code: int
    text: str


def say(text: str) -> None:
    """One line of commentary."""
    print(f"\n\033[1m# {text}\033[0m" if sys.stdout.isatty() else f"\n# {text}", flush=True)


def run(command: str, expect: int = 0) -> Done:
    """Echo a command, run it, show what it says and how long it took; the demo ends on another exit code."""
    print(f"$ {command}", flush=True)
    start = time.monotonic()
    child = subprocess.run(
        shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    print(child.stdout.rstrip() or "(no output)")
    print(f"  [exit {child.returncode}, {time.monotonic() - start:.1f} s]", flush=True)
    check(child.returncode == expect, f"exit code {expect} was expected")
    return Done(child.returncode, child.stdout)


def ask(*argv: str) -> str:
    """The output of a command that the demo needs for a check, not shown."""
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def check(truth: bool, claim: str) -> None:
    """End the demo when the story is not true."""
    if not truth:
        raise SystemExit(f"NOT TRUE: {claim}")


def plan() -> dict[str, Any]:
    """The plan as JSON."""
    return dict(json.loads(ask("mlspec", "plan", "--json", "-")))


def planned() -> dict[str, list[dict[str, Any]]]:
    """What the plan would do: action → its reasons."""
    return {action["action"]: action["because"] for action in plan()["actions"]}


def held() -> set[str]:
    """The reasons for what the plan does not do."""
    return {item["reason"] for item in plan()["held"]}


def endpoint() -> str:
    """Where production answers, `http://host:port`."""
    status = json.loads(ask("mlspec", "status", "--json"))
    url = urlsplit(status["models"][0]["environments"][0]["endpoint"])
    return f"{url.scheme}://{url.netloc}"


def answers(version: str, replicas: int = 1) -> None:
    """Production is healthy and answers a prediction with this version."""
    environment = json.loads(ask("mlspec", "status", "--json"))["models"][0]["environments"][0]
    check(environment["health"] == "Healthy", f"production is healthy, not {environment['health']}")
    with urllib.request.urlopen(f"{endpoint()}/v2/models/wine", timeout=10) as response:
        body = json.load(response)
    check(body["versions"] == [version], f"production serves {version}, not {body['versions']}")
    print(f"  production answers with {version}, {replicas} replica{'s' * (replicas > 1)}")


def edit(pattern: str, new: str, path: Path = SPEC) -> int:
    """Change one line of a file, say so, and return the line's number."""
    text, count = re.subn(pattern, new, path.read_text(), count=1, flags=re.MULTILINE)
    check(count == 1, f"{path} has a line like {pattern}")
    path.write_text(text)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if new.strip() in line)
    print(f"$ # edit {path}:{line}: {new.strip()}")
    return line


def versions() -> list[str]:
    """The registered versions: git's tags, in GTO's format."""
    return ask("git", "tag", "--list", "wine@*").split()


def ours(folder: Path) -> list[int]:
    """The processes that the demo's commands left running: those whose environment or arguments name the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue  # it ended, or is somebody else's
        if bytes(folder) in text and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found


def stop(folder: Path) -> None:
    """Ask what still runs to stop, then insist."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        kill(ours(folder), how)
        deadline = time.monotonic() + 15
        while ours(folder) and time.monotonic() < deadline:
            time.sleep(0.1)


def kill(pids: list[int], how: signal.Signals) -> None:
    """Signal processes; those that are gone are no error."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, how)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder to play in, with a git identity and a runtime of its own; whatever happens, nothing stays behind."""
    back, folder = Path.cwd(), Path(tempfile.mkdtemp(prefix="mlspec-demo-"))
    identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in PERSON.items()}
    os.environ |= identity | {"MLSPEC_RUNTIME_DIR": str(folder / "run"), "DVC_NO_ANALYTICS": "1", "NO_COLOR": "1"}
    try:
        os.chdir(folder)
        yield folder
    finally:
        os.chdir(back)
        stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


def first_apply() -> None:
    """Chapter one: from nothing to a served model."""
    say("A project that works: git, DVC, a spec, data, one commit.")
    run("mlspec init --example wine shop")
    os.chdir("shop")
    check(ask("git", "rev-list", "--count", "HEAD").strip() == "1", "init makes one commit")
    check(not ask("git", "status", "--porcelain"), "init leaves a clean tree")
    run("mlspec plan --detailed-exitcode", expect=2)
    actions = planned()
    check({"train", "deploy"} <= actions.keys(), "the plan trains and deploys")
    check(actions["train"][0]["kind"] == "NeverTrained", "because: never trained")
    check(actions["deploy"][0]["kind"] == "NothingRunning", "because: nothing is running")
    done = run("mlspec apply --yes")
    check(versions() == ["wine@v0.1.0"], "wine@v0.1.0 is registered")
    answers("v0.1.0")
    try_curl(done.text)


def try_curl(text: str) -> None:
    """The curl line that apply prints works as printed."""
    lines = [
        line.strip().removeprefix("$ ")
        for line in text.splitlines()
        if line.strip().removeprefix("$ ").startswith("curl ")
    ]
    check(len(lines) == 1, "apply prints one curl line")
    if shutil.which("curl"):
        say("The curl line, as printed:")
        check('"v0.1.0"' in run(lines[0]).text, "the answer names the version")


def no_changes() -> None:
    """A plan that finds nothing."""
    run("mlspec plan --detailed-exitcode")


def held_gate() -> None:
    """Chapter two: a worse model is trained, judged and held."""
    say("A shallower forest. The plan names the line.")
    line = edit(r"max_depth: 8", "max_depth: 1")
    run("git commit --quiet --all --message=shallower")
    shown = run("mlspec plan --detailed-exitcode", expect=2).text
    check("max_depth" in shown and f"{SPEC}:{line}" in shown, f"the plan names {SPEC}:{line}")
    reason = planned()["train"][0]
    check((reason["old"], reason["new"]) == (8, 1), "because: max_depth 8 -> 1")
    say("Retrained, judged against production: the gate holds it, production is untouched.")
    run("mlspec reconcile")
    check(versions() == ["wine@v0.1.0"], "a held run registers nothing")
    check(not ask("git", "status", "--porcelain"), "a held run leaves a clean tree")
    answers("v0.1.0")
    check("train" not in planned() and "GateFailed" in held(), "what failed is held, and not trained again")
    say("Reverted: the plan is empty, nothing is trained twice.")
    run("git revert --no-edit HEAD")
    no_changes()
    answers("v0.1.0")


def cheap_changes() -> None:
    """Chapter three: what must not retrain does not."""
    say("Another owner: no training, a record is updated.")
    edit(r"^owners: .*$", "owners: [wine@example.com]")
    run("git commit --quiet --all --message=owner")
    check("train" not in planned() and "deploy" not in planned(), "an owner trains and deploys nothing")
    run("mlspec apply --yes")
    no_changes()
    say("A comment in the spec: nothing.")
    edit(r"\A", "# a comment\n")
    run("git commit --quiet --all --message=comment")
    no_changes()
    say("Two replicas: redeployed, not retrained.")
    edit(r"production: \{.*\}", "production: {replicas: 2}")
    run("git commit --quiet --all --message=replicas")
    check("train" not in planned() and bool(planned().keys() & {"deploy", "scale"}), "replicas redeploy")
    run("mlspec apply --yes")
    check(versions() == ["wine@v0.1.0"], "nothing was trained")
    answers("v0.1.0", replicas=2)


def data_change() -> None:
    """Chapter four: one row of data."""
    say("One row of data: the plan names the file.")
    data = Path("data/wine.csv")
    kept = data.read_bytes()
    data.write_bytes(kept.rstrip(b"\n").rpartition(b"\n")[0] + b"\n")
    print(f"$ # drop the last row of {data}")
    run("mlspec plan")
    check(planned()["train"][0]["kind"] == "DataChanged", "because: data changed")
    check(str(data) in json.dumps(planned()["train"]), f"the reason names {data}")
    data.write_bytes(kept)
    print("$ # put it back")
    no_changes()


def accidents(folder: Path) -> None:
    """Chapter five: a killed server, a deleted clone."""
    say("The server is killed: the next reconcile restarts it.")
    victims = ours(folder)
    print(f"$ kill -9 {' '.join(map(str, victims))}")
    kill(victims, signal.SIGKILL)
    run("mlspec plan --detailed-exitcode", expect=2)
    run("mlspec reconcile")
    answers("v0.1.0", replicas=2)
    say("A fresh clone knows everything, without the data's cache.")
    os.chdir(folder)
    run("git clone --quiet shop copy/shop")
    os.chdir("copy/shop")
    no_changes()
    check(not Path(".dvc/cache").exists(), "no data was pulled")


def the_end(folder: Path) -> None:
    """Chapter six: away with it."""
    os.chdir("../../shop")
    say("What happened, and away with it.")
    run("mlspec history")
    run("mlspec retire --env production --yes")
    check(not ours(folder), "nothing runs any more")


def main() -> None:
    """Tell the story."""
    with scratch() as folder:
        first_apply()
        no_changes()
        held_gate()
        cheap_changes()
        data_change()
        accidents(folder)
        the_end(folder)
    say("The story is true.")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main()
