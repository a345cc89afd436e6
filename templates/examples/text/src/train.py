"""Trains the language model on what the prepare stage wrote."""

import csv
from pathlib import Path

import yaml
from language import Language

FOLDER = Path("models/text")
MODEL = FOLDER / "language"


def texts(path):
    """Whole passages again, of a table of prompts and continuations."""
    with path.open(encoding="utf-8", newline="") as file:
        return [f"{row['prompt']} {row['continuation']}" for row in csv.DictReader(file)]


def main():
    """Read params and rows, count, write the model."""
    params = yaml.safe_load((FOLDER / "params.yaml").read_text())["training"]["params"]
    model = Language.of(texts(FOLDER / "prepared/train.csv"), params["order"])
    MODEL.mkdir(parents=True, exist_ok=True)
    model.save(MODEL / "counts.json")


if __name__ == "__main__":
    main()
