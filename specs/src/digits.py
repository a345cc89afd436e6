"""Trains the classifier of digits on what the prepare stage wrote, and stores it with skops."""

from pathlib import Path

import pandas as pd
import skops.io
import yaml
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC

FOLDER = Path("specs/models/digits")
MODEL = Path("specs/models/digits/trained.skops")


def main() -> None:
    """Read params and rows, train, write the model."""
    params = yaml.safe_load((FOLDER / "params.yaml").read_text())["training"]["params"]
    rows = pd.read_csv(FOLDER / "prepared/train.csv")
    pixels = rows.drop(columns="digit").to_numpy(dtype="float64")
    model = make_pipeline(MinMaxScaler((0, 16)), SVC(**params))
    model.fit(pixels, rows["digit"])
    MODEL.parent.mkdir(exist_ok=True)
    skops.io.dump(model, MODEL)


if __name__ == "__main__":
    main()
