"""The store of hints: fast, bounded, and never in the way."""

from __future__ import annotations

import time
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlspec.adapters.cache import Cache


def test_values_survive_the_run(tmp_path: Path) -> None:
    Cache(tmp_path / "cache").put_many("trees", {"a": {"x": [1, None, 2.5]}, "b": "ü"})
    assert Cache(tmp_path / "cache").get_many("trees", ["a", "b", "c"]) == {"a": {"x": [1, None, 2.5]}, "b": "ü"}


def test_namespaces_are_apart(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put_many("one", {"a": 1})
    cache.put_many("two", {"a": 2})
    assert (cache.get_many("one", ["a"]), cache.get_many("two", ["a"])) == ({"a": 1}, {"a": 2})


def test_nothing_there(tmp_path: Path) -> None:
    assert Cache(tmp_path / "missing").get_many("trees", ["a"]) == {}
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize(
    "damage", [b"", b"garbage", b"\x80\x04\x95", b"mlspec cache 1 00000000\n{}", b"mlspec cache 1 "]
)
def test_damage_is_emptiness(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "trees.json").write_bytes(damage)
    cache = Cache(tmp_path)
    assert cache.get_many("trees", ["a"]) == {}
    cache.put_many("trees", {"a": 1})
    assert Cache(tmp_path).get_many("trees", ["a"]) == {"a": 1}


@settings(max_examples=60)
@given(at=st.floats(0, 0.999), bit=st.integers(0, 7), cut=st.booleans())
def test_every_bit_flip_and_cut_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, at: float, bit: int, cut: bool
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    Cache(folder).put_many("trees", {"a": "value", "b": [1, 2, 3]})
    file = folder / "trees.json"
    data = bytearray(file.read_bytes())
    place = int(at * len(data))
    data[place] ^= 1 << bit
    file.write_bytes(data[:place] if cut else data)
    assert Cache(folder).get_many("trees", ["a", "b"]) == {}


def test_a_folder_in_the_way_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "trees.json").mkdir()
    cache = Cache(tmp_path)
    cache.put_many("trees", {"a": 1})
    assert cache.get_many("trees", ["a"]) == {"a": 1}
    assert sorted(file.name for file in tmp_path.iterdir()) == [".gitignore", "trees.json"]


def test_a_file_for_a_folder_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    Cache(tmp_path / "cache").put_many("trees", {"a": 1})
    assert (tmp_path / "cache").read_text() == "in the way"


def test_a_folder_that_takes_no_files_is_no_error() -> None:
    cache = Cache("/proc/self/mlspec")  # not even root writes there
    cache.put_many("trees", {"a": 1})
    assert cache.get_many("trees", ["a"]) == {"a": 1}


def test_a_linked_folder_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "victim")
    Cache(tmp_path / "cache").put_many("trees", {"a": 1})
    assert not list((tmp_path / "victim").iterdir())


def test_values_that_are_no_json_are_not_kept(tmp_path: Path) -> None:
    Cache(tmp_path).put_many("trees", {"a": object()})  # type: ignore[dict-item]
    assert Cache(tmp_path).get_many("trees", ["a"]) == {}


def test_unused_keys_go_when_there_are_too_many(tmp_path: Path) -> None:
    Cache(tmp_path, limit=3).put_many("trees", {"a": 1, "b": 2, "c": 3})
    cache = Cache(tmp_path, limit=3)
    cache.get_many("trees", ["b"])
    cache.put_many("trees", {"d": 4})
    assert Cache(tmp_path).get_many("trees", "abcd") == {"b": 2, "d": 4}


def test_nothing_is_dropped_below_the_limit(tmp_path: Path) -> None:
    Cache(tmp_path, limit=3).put_many("trees", {"a": 1})
    Cache(tmp_path, limit=3).put_many("trees", {"b": 2})
    assert Cache(tmp_path).get_many("trees", "ab") == {"a": 1, "b": 2}


def test_what_is_known_is_not_written_again(tmp_path: Path) -> None:
    Cache(tmp_path).put_many("trees", {"a": 1})
    before = (tmp_path / "trees.json").stat().st_ino
    Cache(tmp_path).put_many("trees", {"a": 1})
    assert (tmp_path / "trees.json").stat().st_ino == before


def test_git_ignores_it(repo: Path) -> None:
    Cache(repo / ".mlspec" / "cache").put_many("trees", {"a": 1})
    assert (repo / ".mlspec" / "cache" / ".gitignore").read_text().endswith("*\n")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "A"])
def test_namespaces_are_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="namespace"):
        Cache(tmp_path).get_many(name, [])


def test_loading_is_fast(tmp_path: Path) -> None:
    Cache(tmp_path).put_many("trees", {f"{n:040x}": {"imports": ["a" * 40] * 45, "n": n} for n in range(5_000)})
    assert (tmp_path / "trees.json").stat().st_size > 5_000 * 1_900
    used = min(_load_time(tmp_path) for _ in range(3))
    print(f"5,000 entries of 2 kB loaded in {used * 1000:.0f} ms")
    assert used < 0.3  # 30 ms on an idle machine


def _load_time(folder: Path) -> float:
    start = time.process_time()
    assert len(Cache(folder).get_many("trees", [f"{0:040x}"])) == 1
    return time.process_time() - start


def test_the_body_is_plain_json(tmp_path: Path) -> None:
    Cache(tmp_path).put_many("trees", {"a": 1})
    assert orjson.loads((tmp_path / "trees.json").read_bytes().partition(b"\n")[2]) == {"a": 1}
