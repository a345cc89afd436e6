"""Estimators by import path: what a typing mistake is told."""

from __future__ import annotations

import pytest

from mlspec.errors import MlspecError
from mlspec.steps.estimators import make_estimator


def test_the_nearest_estimator_is_found_where_its_module_is_private() -> None:
    with pytest.raises(MlspecError, match="there is no") as caught:
        make_estimator("sklearn.ensemble.HistGradientBoostingClassifer", {})
    assert caught.value.hint == "did you mean sklearn.ensemble.HistGradientBoostingClassifier?"
