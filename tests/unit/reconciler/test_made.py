"""Features of the user's own are made anew where what DVC does not see has changed: of today's code, and only once."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shop import SCORE, Shop

MAKE = "import helper\nK = {k}\n"
OWN = SCORE.replace(
    "training:\n", "features: {command: python make.py, outs: [models/wine/own/model/made.csv]}\ntraining:\n", 1
)
SHARED = SCORE.replace(
    "data:\n  sources:\n    - {name: wine, path: data/wine.csv}\n",
    "data: {split: {test: 0.2}}\nfeatures: {from: joined}\n",
    1,
)
JOINED = """\
apiVersion: mlspec/v1
kind: Features
name: joined
sources:
  - {name: left, path: data/left.csv}
command: python make.py
outs: [models/_features/joined/prepared/table.csv]
"""


def made(shop: Shop) -> int:
    """How often the features were made."""
    return sum(address.endswith(":features") for address in shop.ports.pipeline.ran)


def code(shop: Shop, k: int) -> None:
    shop.commit({"make.py": MAKE.format(k=k)})


def remember_what_is_made(shop: Shop) -> None:
    """The features stage writes what the code says; all else is as ever."""
    act = shop.ports.pipeline.act

    def acting(root: Path, address: str, command: str) -> tuple[int, str]:
        if not address.endswith(":features"):
            return act(root, address, command)
        out = root / (
            "models/_features/joined/prepared/table.csv" if "_features" in address else "models/wine/own/model/made.csv"
        )
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(f"alcohol,cultivar\n{(root / 'make.py').read_text().split()[-1]},1\n")
        return 0, ""

    shop.ports.pipeline.act = acting


def lies(shop: Shop, path: str = "models/wine/own/model/made.csv") -> str:
    return (Path(shop.ports.root) / path).read_text().split()[-1].split(",")[0]


@pytest.fixture
def own(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "shop", OWN)
    remember_what_is_made(shop)
    shop.commit({"helper.py": "x = 1\n"})
    code(shop, 1)
    shop.run()
    assert (lies(shop), made(shop)) == ("1", 1)
    return shop


def test_features_of_a_held_training_are_made_again(own: Shop) -> None:
    code(own, 100)
    own.edit("score: 0.9", "score: 0.5")
    assert "held train" in own.run()
    assert lies(own) == "1", "what was held left nothing"
    own.edit("min: 0.8", "min: 0.4")
    own.run()
    assert lies(own) == "100"


def test_after_a_death_they_are_not_made_again(own: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    code(own, 100)

    class Death(BaseException):
        pass

    def die(*_: object) -> None:
        raise Death

    with monkeypatch.context() as patch:
        patch.setattr("mlspec.reconciler.training._md5s", die)
        patch.setattr("mlspec.reconciler.candidates.undo", lambda *_: None)
        with pytest.raises(Death):
            own.run()
    assert made(own) == 2
    own.run()
    assert (made(own), lies(own), own.plan()) == (2, "100", [])


def test_a_first_training_makes_them_whatever_was_made_before(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", OWN.replace("score: 0.9", "score: 0.5"))
    remember_what_is_made(shop)
    code(shop, 1)
    assert "held train" in shop.run()
    code(shop, 100)
    shop.edit("score: 0.5", "score: 0.9")
    shop.run()
    assert lies(shop) == "100"


def test_shared_ones_are_made_again_where_another_code_made_them_last(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", SHARED)
    remember_what_is_made(shop)
    shop.commit({"specs/joined.yaml": JOINED, "data/left.csv": "alcohol,cultivar\n13,1\n"})
    for k in (1, 100, 1):
        code(shop, k)
        shop.run()
    shop.edit("max_depth: 8", "max_depth: 5")
    shop.run()
    assert lies(shop, "models/_features/joined/prepared/table.csv") == "1"
