"""What came of a plan, for summaries and comments."""

from __future__ import annotations

from fakes.wanted import history, model, record

from mlspec.cli.report import report_markdown
from mlspec.domain.outcome import Outcome
from mlspec.domain.plan import Action, ActionKind

TRAIN = Action(ActionKind.TRAIN, "wine", version="known after train")
DEPLOY = Action(ActionKind.DEPLOY, "wine", "production", "v0.2.0")


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| wine |")]


def test_nothing_is_said_so() -> None:
    assert "Nothing was to be done." in report_markdown({}, [])


def test_each_outcome_has_a_row_in_which_nothing_is_markup() -> None:
    outcomes = [Outcome(TRAIN, "held", "<b> | @all"), Outcome(DEPLOY, "done", "http://x", "v0.2.0")]
    text = report_markdown({}, outcomes)
    assert "| train | wine | known after train | held: &lt;b&gt; \\| @\N{ZERO WIDTH SPACE}all |" in text
    assert "| deploy | wine → production | v0.2.0 | done: http://x |" in text
    assert "Metrics" not in text


def test_metrics_stand_beside_those_of_what_environments_run() -> None:
    made = model()
    versions = (record(made, accuracy=0.9, log_loss=0.5), record(made, "v0.2.0", accuracy=0.8, log_loss=0.5))
    known = history(*versions, stages={"production": "v0.1.0", "staging": "v0.2.0"})
    measured = {"accuracy": 0.85, "log_loss": 0.5, "model_size": 12345.0}
    text = report_markdown({"wine": known}, [Outcome(TRAIN, "done", "", "v0.3.0", metrics=measured)])
    assert rows(text) == [
        "| wine | accuracy | 0.85 | production v0.1.0 | 0.9 | worse |",
        "| wine | accuracy | 0.85 | staging v0.2.0 | 0.8 | better |",
        "| wine | log\\_loss | 0.5 | production v0.1.0 | 0.5 | the same |",
        "| wine | log\\_loss | 0.5 | staging v0.2.0 | 0.5 | the same |",
        "| wine | model\\_size | 12,345 bytes | production v0.1.0 |  |  |",
        "| wine | model\\_size | 12,345 bytes | staging v0.2.0 |  |  |",
    ]


def test_a_first_version_has_nothing_to_stand_beside() -> None:
    text = report_markdown({}, [Outcome(TRAIN, "done", "", "v0.1.0", metrics={"accuracy": 0.85})])
    assert rows(text) == ["| wine | accuracy | 0.85 |  |  |  |"]


def test_less_is_better_where_the_metric_says_so() -> None:
    known = history(record(model(), accuracy=0.9, log_loss=0.5), stages={"production": "v0.1.0"})
    text = report_markdown({"wine": known}, [Outcome(TRAIN, "done", metrics={"log_loss": 0.4})])
    assert rows(text)[0].endswith("| better |")
