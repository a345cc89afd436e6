"""The example projects of `mlspec init --example`: specs and code from the templates, data of what is installed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Final

from mlspec.compiler.templates import root
from mlspec.errors import MlspecError

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES: Final[tuple[str, ...]] = ("wine", "diabetes", "digits", "text")
CONTAINED: Final = frozenset({"text"})
"""Those with a server of their own, which needs containers"""

_LEAST: Final = 120
"""Characters of a paragraph that is worth to learn from"""
_WORDS: Final = 0.9
"""The least share of it that is letters and spaces"""
_WINE: Final = {"od280/od315_of_diluted_wines": "od280_od315", "target": "cultivar"}
_DIABETES: Final = {
    "s1": "total_cholesterol",
    "s2": "ldl",
    "s3": "hdl",
    "s4": "cholesterol_hdl_ratio",
    "s5": "log_triglycerides",
    "s6": "glucose",
    "target": "progression",
}


def example_files(name: str) -> dict[str, bytes]:
    """path → content of an example project, the same bytes each time; MlspecError for an unknown name."""
    if name not in EXAMPLES:
        raise MlspecError(f"there is no example {name}", hint=f"there are: {', '.join(EXAMPLES)}")
    found = dict(_files(root() / "examples" / name))
    found[f"data/{name}.csv"] = _passages() if name == "text" else _table(name)
    return dict(sorted(found.items()))


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _files(entry, f"{prefix}{entry.name}/")
        elif entry.is_file():
            yield f"{prefix}{entry.name}", entry.read_bytes()


def _passages() -> bytes:
    """Prose of the language reference that comes with Python, paragraph by paragraph."""
    from pydoc_data.topics import topics  # noqa: PLC0415 half a megabyte, which only this verb should pay

    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(["topic", "text"])
    rows: list[tuple[str, str]] = []
    told: set[str] = set()
    for topic in sorted(topics):
        found = [" ".join(part.split()) for part in topics[topic].split("\n\n") if "\n " not in part]
        prose = [text for text in dict.fromkeys(found) if text not in told and _is_prose(text)]
        rows += ((topic, text) for text in prose)
        told.update(prose)
    rows.sort(key=_in_no_order)
    writer.writerows(rows)
    return made.getvalue().encode()


def _in_no_order(row: tuple[str, str]) -> bytes:
    """The same each time, and not the alphabet's: the last passages are as the first ones."""
    return sha256(row[1].encode()).digest()


def _is_prose(text: str) -> bool:
    words = sum(each.isalpha() or each == " " for each in text)
    return len(text) >= _LEAST and text[0].isupper() and text.endswith(".") and words > _WORDS * len(text)


def _table(name: str) -> bytes:
    return _frame(name).to_csv(index=False, lineterminator="\n").encode()


def _frame(name: str) -> pd.DataFrame:
    from sklearn import datasets  # noqa: PLC0415 three seconds, which only this verb should pay

    if name == "wine":
        frame = datasets.load_wine(as_frame=True).frame.rename(columns=_WINE)
    elif name == "diabetes":
        frame = datasets.load_diabetes(as_frame=True, scaled=False).frame.rename(columns=_DIABETES)
    else:
        pixels, digits = datasets.load_digits(return_X_y=True, as_frame=True)
        frame = pixels.set_axis([f"p{place}" for place in range(pixels.shape[1])], axis=1).assign(digit=digits)
    whole = [column for column in frame.columns if (frame[column] % 1 == 0).all()]
    tidy: pd.DataFrame = frame.astype(dict.fromkeys(whole, "int64"))
    return tidy
