"""Measures a version of the language model on the passages that are kept for testing."""

import json
import os
from pathlib import Path

from language import Language
from train import texts


def main():
    """Write the perplexity of the model in $MODEL_DIR."""
    model = Language.load(Path(os.environ["MODEL_DIR"]) / "counts.json")
    found = model.perplexity(texts(Path(os.environ["PREPARED_DIR"]) / "test.csv"))
    Path(os.environ["METRICS_FILE"]).write_text(json.dumps({"perplexity": round(found, 6)}))


if __name__ == "__main__":
    main()
