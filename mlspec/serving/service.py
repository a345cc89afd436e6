"""What one worker serves, and its answers as bytes: everything of a request that is not HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from mlspec.serving import rows, tensors, v2
from mlspec.serving.decode import decode
from mlspec.serving.metrics import Metrics
from mlspec.serving.model import Model, Prediction
from mlspec.serving.monitor import Monitor

SMALL: Final = 16 << 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost: body in bytes, batch in rows, depth in levels of JSON, patience in seconds."""

    body: int = 1 << 20
    batch: int = 1000
    depth: int = 16
    patience: float = 10.0


class Answer(NamedTuple):
    """An answer as bytes, and what it was made of: the columns in the model's order."""

    content: bytes
    prediction: Prediction
    columns: Sequence[Sequence[Any]]
    ids: Sequence[str] | None = None


@dataclass(slots=True)
class Service:
    """A model with its name and version. `draining` is set once, when another worker takes over."""

    name: str
    version: str
    model: Model
    limits: Limits
    monitor: Monitor | None = None
    draining: bool = False
    metrics: Metrics = field(init=False)

    def __post_init__(self) -> None:
        self.metrics = Metrics(self.name, self.version, self.model.signature.task)

    @property
    def identity(self) -> dict[str, str]:
        """Name and version, as answers carry them."""
        return {"model": self.name, "version": self.version}

    def predict(self, body: bytes) -> Answer:
        """The answer to POST /predict; raises Refusal."""
        signature = self.model.signature
        asked = decode(body, self.limits.depth)
        data = rows.columns_of(asked, signature, self.limits.batch)
        answer = self.model.predict(data, probabilities=self.model.offers_probabilities)
        document = rows.predictions(self.identity, signature, answer.labels, answer.probabilities)
        ids = rows.ids_of(asked, len(answer.labels)) if self.monitor is not None else None
        return Answer(orjson.dumps(document), answer, data, ids)

    def infer(self, body: bytes) -> Answer:
        """The answer to the V2 protocol's infer; raises Refusal."""
        document, signature = decode(body, self.limits.depth), self.model.signature
        data = tensors.columns_of(document, signature, self.limits.batch)
        asked = v2.outputs_asked(document, probabilities=self.model.offers_probabilities)
        identifier = v2.request_id(document)
        answer = self.model.predict(data, probabilities="predict_proba" in asked)
        found: dict[str, list[Any]] = {"predict": answer.labels, "predict_proba": answer.probabilities or []}
        outputs = [(name, signature.output, found[name]) for name in asked]
        ids = None if identifier is None else rows.row_ids(identifier, len(answer.labels))
        return Answer(orjson.dumps(v2.response(self.identity, identifier, outputs)), answer, data, ids)

    def count(self, answer: Answer, draw: float | None = None) -> None:
        """Add to the metrics and what is monitored; called in the event loop only, so that counters need no lock."""
        prediction = answer.prediction
        self.metrics.predictions += len(prediction.labels)
        self.metrics.unseen.update(prediction.unseen)
        if self.monitor is not None:
            self.monitor.note(answer.columns, prediction.labels, answer.ids, draw)
