"""MLflow, told by its own small client: a run and a registered model version for each version of ours."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import unquote

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from mlspec.domain.digest import JSON
from mlspec.errors import MlspecError
from mlspec.ports.tracker import Tracked

_KEY: Final = "mlspec.version"
_FILES: Final = "mlspec.files"
_LONGEST: Final = 500
_BATCH: Final = 100
_SETTINGS: Final = {
    # A server that does not answer is asked again by the next reconcile: nobody has to wait for the client's retries.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output is ours, and may be a JSON document
}


class MlflowTracker:
    """See Tracker. A version's run is known by a tag, so that it is told once, also from a fresh clone."""

    def __init__(self, uri: str) -> None:
        for name, value in _SETTINGS.items():
            os.environ.setdefault(name, value)
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        self._secrets = _secrets(uri)
        with self._explained():
            self._client = MlflowClient(tracking_uri=uri, registry_uri=uri)

    def tell(self, versions: Sequence[Tracked]) -> None:
        """See Tracker."""
        with self._explained():
            for version in versions:
                run = self._run(version)
                self._register(version, run)

    def point(self, model: str, aliases: Mapping[str, str]) -> None:
        """See Tracker."""
        with self._explained():
            numbers = {item.tags.get(_KEY): item.version for item in self._versions(model)}
            known = self._client.get_registered_model(model).aliases if numbers else {}
            for environment, version in aliases.items():
                if version in numbers:
                    self._client.set_registered_model_alias(model, environment, numbers[version])
                elif not version and environment in known:
                    self._client.delete_registered_model_alias(model, environment)

    def _run(self, version: Tracked) -> str:
        """The id of the version's run. What a crash left half told is told again: the same is no conflict."""
        experiment, name = self._experiment(version.project), _name(version)
        found = self._client.search_runs([experiment], f"tags.`{_KEY}` = '{name}'", max_results=1)
        run = found[0] if found else self._client.create_run(experiment, run_name=name, tags={_KEY: name})
        known: str = run.info.run_id
        whole = bool(found) and run.info.status == "FINISHED"
        if not whole:
            self._log(known, version)
        if version.files and _FILES not in run.data.tags:  # also of a run that ended before files were asked for
            self._client.log_artifacts(known, version.files, "model")
            self._client.set_tag(known, _FILES, "told")
        if not whole:
            self._client.set_terminated(known)
        return known

    def _log(self, known: str, version: Tracked) -> None:
        params = [Param(key, value) for key, value in _params(version.record.inputs)]
        for start in range(0, len(params), _BATCH):
            self._client.log_batch(known, params=params[start : start + _BATCH])
        metrics = [Metric(key, value, 0, 0) for key, value in sorted(version.record.metrics.items())]
        tags = [RunTag(key, value) for key, value in _tags(version).items()]
        self._client.log_batch(known, metrics=metrics, tags=tags)

    def _experiment(self, name: str) -> str:
        found = self._client.get_experiment_by_name(name)
        return str(found.experiment_id if found else self._client.create_experiment(name))

    def _register(self, version: Tracked, run: str) -> None:
        model, name = version.record.model, _name(version)
        try:
            self._client.get_registered_model(model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            self._client.create_registered_model(model, description=version.description)
        if all(item.tags.get(_KEY) != version.record.version for item in self._versions(model)):
            source = f"runs:/{run}/model"
            tags = {_KEY: version.record.version, "mlspec.commit": version.commit}
            self._client.create_model_version(model, source, run, tags=tags, description=name, await_creation_for=0)

    def _versions(self, model: str) -> list[Any]:
        return list(self._client.search_model_versions(f"name = '{model}'", max_results=1000))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """MLflow's errors as ours, without the address: it often holds a password."""
        try:
            yield
        except (MlflowException, OSError) as error:
            said = " ".join(str(error).split())
            for secret in self._secrets:
                said = said.replace(secret, "…")
            raise MlspecError(
                "MLflow was not told", hint="the next reconcile tells it", details=(said[:300],)
            ) from None


def _secrets(uri: str) -> tuple[str, ...]:
    """What of an address is shown to nobody, as it stands and as it is read: all of it first, then its parts."""
    user = uri.partition("://")[2].rpartition("@")[0]
    password = user.partition(":")[2]
    found = (uri, uri.strip().rstrip("/"), user, unquote(user), password, unquote(password))
    return tuple(text for text in found if text)


def _name(version: Tracked) -> str:
    return f"{version.record.model}@{version.record.version}"


def _params(inputs: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """What the spec says; contents of files are tags."""
    for name, value in sorted(inputs.items()):
        if name.startswith(("training.", "data.split")):
            yield name, str(value)[:_LONGEST]


def _tags(version: Tracked) -> dict[str, str]:
    record = version.record
    verdicts = {f"mlspec.gate {item.gate}": "passed" if item.passed else "failed" for item in record.verdicts}
    contents = {f"mlspec.input {name}": str(value) for name, value in record.inputs.items() if "/" in name}
    files = {f"mlspec.file {file.path}": f"sha256:{file.sha256}" for file in record.files}
    told = {
        "mlspec.model": record.model,
        "mlspec.commit": version.commit,
        "mlspec.train": record.train,
        "mlflow.source.git.commit": version.commit,
        **verdicts,
        **contents,
        **files,
    }
    return {_key(name): value[:_LONGEST] for name, value in told.items()}


def _key(name: str) -> str:
    """MLflow takes letters, digits, blanks and `_-./:` in names, 250 at most."""
    return "".join(char if char.isalnum() or char in "_-./ :" else "_" for char in name)[:250]
