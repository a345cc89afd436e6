"""The life of a model that writes: trained by a command, gated by its perplexity, served by a server of its own."""

from __future__ import annotations

import argparse
import csv
import inspect
import io
import json
import random
import re
import urllib.request
from pathlib import Path
from typing import Any, ClassVar

import pytest
from e2e.project import Project
from scipy.stats import ks_2samp

pytestmark = pytest.mark.slow

CHECKED = 3
PROJECT = "apiVersion: mlspec/v1\nkind: Project\nname: {name}\nenvironments:\n  production: {{target: docker}}\n"
WORDS = 6
"""How many words of a passage are its prompt: see src/prompts.py of the example."""


class Scribe(Project):
    """The example `text`, in a project of a name that nobody else on this engine has."""

    deadline: ClassVar[float] = 600.0

    def corpus(self) -> list[str]:
        """All passages that there are."""
        return [row["text"] for row in csv.DictReader(io.StringIO(self.read("data/text.csv")))]

    def learn(self, passages: list[str], message: str) -> str:
        """Have these passages to learn from; the commit."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([["topic", "text"], *(["any", text] for text in passages)])
        self.write("data/text.csv", out.getvalue())
        return self.commit(message)

    def place(self) -> dict[str, Any]:
        """Production in the status."""
        [model] = self.mlspec("status", "--json").json["models"]
        return dict(model["environments"][0])

    def serves(self) -> str:
        """The version in production, as its own server says."""
        return str(self.ask(["The value of"])["version"])

    def ask(self, prompts: list[str], seed: int = 1) -> dict[str, Any]:
        """What the server makes of prompts."""
        endpoint = self.place()["endpoint"]
        body = json.dumps({"rows": [{"prompt": prompt} for prompt in prompts], "seed": seed, "length": 60}).encode()
        request = urllib.request.Request(f"{endpoint}/predict", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.load(answer))

    def drift(self, code: int) -> dict[str, Any]:
        """The only report of `mlspec drift`, which ends by `code`."""
        [report] = self.mlspec("drift", "--json", code=code).json["models"]
        return dict(report)

    def perplexity(self) -> float:
        """Of the last version, as git has it."""
        return float(json.loads(self.read("models/text/version.json"))["metrics"]["perplexity"])


@pytest.fixture
def scribe(environment: None, engine: object, proxy_image: str, engine_project: str, tmp_path: Path) -> Scribe:
    """`mlspec init --example text`; ends with its containers and images."""
    Project(tmp_path).mlspec("init", "--example", "text", "scribe")
    made = Scribe(tmp_path / "scribe")
    made.write("specs/project.yaml", PROJECT.format(name=engine_project))
    made.mlspec("compile")
    made.commit("a name of its own")
    return made


def prompt_of(passage: str) -> str:
    """How a passage begins."""
    return " ".join(passage.split()[:WORDS])


def letters(text: str) -> float:
    """The share of ASCII letters."""
    return sum("a" <= each.lower() <= "z" for each in text) / len(text)


def garbled(passage: str, chance: random.Random) -> str:
    """A passage as a broken scraper leaves it: all there, and in no order."""
    signs = list(passage)
    chance.shuffle(signs)
    return "".join(signs)


def code_prompts(count: int) -> list[str]:
    """Real source code, as somebody pastes it."""
    lines = [line.strip() for line in inspect.getsource(argparse).splitlines()]
    return [line for line in lines if len(line) > 20 and letters(line) < 0.75][:count]


def test_the_life_of_a_model_that_writes(scribe: Scribe) -> None:
    passages = scribe.corpus()
    half, rest = passages[: len(passages) // 2], passages[len(passages) // 2 :]
    it_is_trained_gated_and_served(scribe, half)
    prompts_like_those_it_knows_do_not_drift(scribe, half, rest)
    more_text_makes_it_better(scribe, passages)
    a_worse_corpus_is_held(scribe, passages)
    other_prompts_drift(scribe, passages)
    what_is_rolled_back_stays_out(scribe)


def it_is_trained_gated_and_served(scribe: Scribe, half: list[str]) -> None:
    """It goes on with what it is given, in words of the corpus, and no sentence of it."""
    scribe.learn(half, "half of the passages")
    said = scribe.mlspec("apply", "--yes")
    assert "perplexity: max 8" in said.err
    assert "/healthz" in said.out
    scribe.write("asked.json", json.dumps({"rows": [{"prompt": "The value of the"}], "length": 200, "seed": 3}))
    answer = scribe.mlspec("predict", "text", "asked.json").json
    [written] = answer["predictions"]
    assert (answer["version"], scribe.mlspec("predict", "text", "asked.json").json) == ("v0.1.0", answer)
    known = {word for passage in half for word in passage.split()}
    words = written.split()[:-1]
    assert len(words) > 5
    assert sum(word in known for word in words) > len(words) / 2
    assert not any(written in passage for passage in half)
    (scribe.root / "asked.json").unlink()


def prompts_like_those_it_knows_do_not_drift(scribe: Scribe, half: list[str], rest: list[str]) -> None:
    """Passages that it never saw begin as those do that it learned."""
    prompts = [prompt_of(passage) for passage in rest]
    scribe.ask(prompts)
    quiet = scribe.drift(0)
    assert (quiet["rows"], quiet["drifted"]) == (len(prompts) + 2, [])  # two were asked before
    assert {item["subject"] for item in quiet["findings"]} == {"prompt", "letters"}
    before, live = ([letters(prompt_of(text)) for text in texts] for texts in (half, rest))
    assert ks_2samp(before, live).pvalue > 0.01


def more_text_makes_it_better(scribe: Scribe, passages: list[str]) -> None:
    """New passages train it, by data alone; it is compared with the version in production on the same new ones."""
    scribe.learn(passages, "all of the passages")
    assert "data/text.csv" in scribe.mlspec("plan").out
    said = scribe.mlspec("reconcile").err
    found = re.search(r"passed  perplexity against production: .* measured (\S+), .* \[production (\S+)\]", said)
    assert found, said
    assert float(found[1]) == pytest.approx(scribe.perplexity(), rel=1e-3)
    assert float(found[1]) < float(found[2])
    assert (scribe.serves(), scribe.planned()) == ("v0.1.1", [])


def a_worse_corpus_is_held(scribe: Scribe, passages: list[str]) -> None:
    """A scraper breaks: what is trained on that passes no gate, is not tried again, and is forgotten by a revert."""
    chance = random.Random(5)
    before = scribe.perplexity()
    broken = scribe.learn([*passages, *(garbled(passage, chance) for passage in passages)], "more passages")
    assert "perplexity: max 8: measured" in scribe.mlspec("reconcile").out
    assert (scribe.serves(), scribe.planned(), list(scribe.held())) == ("v0.1.1", [], ["GateFailed"])
    scribe.git("revert", "--no-edit", broken)
    assert (scribe.planned(), scribe.held(), scribe.perplexity()) == ([], {}, before)


def other_prompts_drift(scribe: Scribe, passages: list[str]) -> None:
    """People begin to paste code: fewer letters, which is what drifts."""
    asked = code_prompts(300)
    for start in range(0, len(asked), 50):
        scribe.ask(asked[start : start + 50])
    found = ks_2samp([letters(prompt_of(text)) for text in passages], [letters(text) for text in asked])
    assert found.statistic > 0.5
    report = scribe.drift(CHECKED)
    assert "letters" in report["drifted"]
    assert scribe.place()["drift"] == "Drift"


def what_is_rolled_back_stays_out(scribe: Scribe) -> None:
    """A shorter context passes the gates too, but people don't like what it writes: back, and history tells why."""
    scribe.edit("specs/text.yaml", "order: 5", "order: 4")
    scribe.commit("a shorter context")
    scribe.mlspec("reconcile")
    assert scribe.serves() == "v0.2.0"
    scribe.mlspec("rollback", "text", "--env", "production", "-m", "it babbles", "--yes")
    scribe.mlspec("reconcile")
    assert (scribe.serves(), scribe.planned(), list(scribe.held())) == ("v0.1.1", [], ["RolledBack"])
    told = scribe.mlspec("history", "text").out
    assert "it babbles" in told
    assert scribe.status == ""
