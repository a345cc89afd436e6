"""Every example of the page on data quality is a part of a sound spec."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlspec.spec.load import load

PAGE = Path(__file__).parents[3] / "docs" / "data-quality.md"
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
SHARED = next(text for text in EXAMPLES if text.startswith("apiVersion"))
MODEL: dict[str, Any] = {
    "apiVersion": "mlspec/v1",
    "kind": "Model",
    "name": "churn",
    "training": {"estimator": "sklearn.linear_model.LogisticRegression", "target": "churned"},
    "evaluation": {"metrics": ["accuracy"]},
}
SOURCES = [{"name": "customers", "path": "data/customers.csv"}]


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_has_no_problem(text: str) -> None:
    files = {"specs/joined.yaml": SHARED.encode()}
    if text != SHARED:
        given = yaml.safe_load(text)
        data = given.setdefault("data", {})
        if "from" not in given.get("features", {}):
            data.setdefault("sources", SOURCES)
        files["specs/churn.yaml"] = yaml.safe_dump(MODEL | given, sort_keys=False).encode()
    found = load(files)
    assert [str(problem) for problem in found.problems] == []
    assert found.features


def test_the_page_shows_every_field_of_what_it_is_about() -> None:
    page = PAGE.read_text(encoding="utf-8")
    fields = ("max_missing", "min_distinct", "max_distinct", "shares", "unique", "checks", "personal_data", "nullable")
    more = ("pattern", "extra_columns", "rows", "stratify", "seed", "time", "group", "leakage", "function", "inputs")
    assert [name for name in (*fields, *more, "command", "deps", "outs", "from") if f"{name}:" not in page] == []
