"""MLflow's own client on a store of files: what is told stays told, and no address is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.wanted import model, record
from mlflow import MlflowClient

from mlspec.adapters.tracking import MlflowTracker
from mlspec.errors import MlspecError
from mlspec.ports.tracker import Tracked


@pytest.fixture
def uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    return (tmp_path / "runs").as_uri()


@pytest.mark.parametrize(
    "address",
    ["http://ada:s%3Acret@127.0.0.1:9/base/", "http://ada:s%3Acret@127.0.0.1:no/", "odd://ada:s%3Acret@127.0.0.1"],
)
def test_no_part_of_a_secret_address_is_in_an_error(address: str) -> None:
    with pytest.raises(MlspecError, match="MLflow was not told") as caught:
        MlflowTracker(address).point("wine", {"production": "v0.1.0"})
    assert "cret" not in str((caught.value, *caught.value.details))
    assert caught.value.__suppress_context__


def test_an_alias_ends_with_its_promotion_and_those_of_others_stay(uri: str) -> None:
    tracker, client = MlflowTracker(uri), MlflowClient(uri, uri)
    tracker.point("wine", {"production": ""})  # nothing was told yet
    tracker.tell([Tracked("shop", record(model()), "c0ffee")])
    client.set_registered_model_alias("wine", "champion", "1")
    tracker.point("wine", {"production": "v0.1.0", "staging": "v0.1.0"})
    assert {*client.get_registered_model("wine").aliases} == {"champion", "production", "staging"}
    for _ in range(2):
        tracker.point("wine", {"production": "", "staging": "v0.1.0"})
        assert {*client.get_registered_model("wine").aliases} == {"champion", "staging"}


def test_files_that_are_asked_for_later_are_told_of_a_run_that_ended(uri: str, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "model.skops").write_bytes(b"bytes")
    tracker, client = MlflowTracker(uri), MlflowClient(uri, uri)
    tracker.tell([Tracked("shop", record(model()), "c0ffee")])
    [version] = client.search_model_versions("name = 'wine'")
    assert client.list_artifacts(version.run_id, "model") == []
    for _ in range(2):
        tracker.tell([Tracked("shop", record(model()), "c0ffee", files=str(folder))])
        assert [item.path for item in client.list_artifacts(version.run_id, "model")] == ["model/model.skops"]
        assert client.get_run(version.run_id).info.status == "FINISHED"
