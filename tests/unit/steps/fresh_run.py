"""One fresh process of test_determinism: runs all steps, and stores one model of each kind."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from mlspec.steps.__main__ import main
from mlspec.steps.models import SKLEARN_INTERNALS, dump_model

MODELS = {
    "forest": RandomForestClassifier(n_estimators=10, random_state=0),
    "logistic": LogisticRegression(),
    "boosting": GradientBoostingClassifier(n_estimators=5, random_state=0),
    "histogram": HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "network": MLPClassifier((5,), max_iter=20, random_state=0),
    "vectors": SVC(),
    "neighbours": KNeighborsClassifier(),
}


def store_models(folder: Path) -> None:
    """Fit one model of each kind and store it."""
    features, target = load_iris(return_X_y=True)
    folder.mkdir()
    for name, model in MODELS.items():
        store(folder / name, model.fit(features, target), features)
    frame = pd.DataFrame(features[:, :2], columns=["a", "b"]).assign(c=np.where(target, "x", "y").astype(object))
    columns = ColumnTransformer([("n", StandardScaler(), ["a", "b"]), ("c", OneHotEncoder(), ["c"])])
    store(folder / "mixed", make_pipeline(columns, LogisticRegression()).fit(frame, target), frame)


def store(path: Path, model: object, rows: object) -> None:
    """Write a model's archive, which must predict what the model does."""
    archive = dump_model(model)
    loaded = skops.io.loads(archive, trusted=list(SKLEARN_INTERNALS))
    assert np.array_equal(loaded.predict(rows), model.predict(rows))  # type: ignore[attr-defined]
    path.write_bytes(archive)


def run_steps(params: str) -> None:
    """Run every step; the command of the user's is the estimator's own model, stored by skops as it comes."""
    for step in ("validate", "prepare", "train", "evaluate"):
        assert main([step, params]) == 0
    trained = Path(params).parent / "model/model.skops"
    skops.io.dump(skops.io.load(trained, trusted=list(SKLEARN_INTERNALS)), "trained.skops")
    packaged = Path("models/packaged")
    packaged.mkdir()
    (packaged / "prepared").symlink_to(Path(params).parent.resolve() / "prepared")
    (packaged / "params.yaml").write_text(Path(params).read_text())
    assert main(["package", str(packaged / "params.yaml")]) == 0


if __name__ == "__main__":
    run_steps(sys.argv[1])
    store_models(Path("kinds"))
