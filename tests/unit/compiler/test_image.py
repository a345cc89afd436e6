"""What the Dockerfile is told."""

from __future__ import annotations

import pytest

from mlspec.compiler.image import image_values
from mlspec.errors import MlspecError
from mlspec.spec.model import ImageSpec, LimitsSpec, ModelSpec, ServingSpec

MODEL = ModelSpec.model_validate(
    {
        "name": "wine",
        "data": {"sources": [{"name": "wine", "path": "data/wine.csv"}]},
        "training": {"estimator": "sklearn.linear_model.Ridge", "target": "price"},
        "evaluation": {"metrics": ["r2"]},
    }
)


def with_serving(**serving: object) -> ModelSpec:
    """The model with another `serving`, past the checks of the spec."""
    return MODEL.model_copy(update={"serving": ServingSpec().model_copy(update=serving)})


def test_the_entrypoint_is_the_server_with_the_limits_and_types_of_the_spec() -> None:
    model = with_serving(trust=("b.B", "a.A"), limits=LimitsSpec(body=10, batch=20, depth=30))
    words = image_values(model, "s")["entrypoint"]
    assert isinstance(words, list)
    assert words[:3] == ["python", "-m", "mlspec.serving"]
    assert words[-10:] == [
        "--max-body",
        "10",
        "--max-batch",
        "20",
        "--max-depth",
        "30",
        "--trust",
        "a.A",
        "--trust",
        "b.B",
    ]


@pytest.mark.parametrize("base", ["x\nRUN y", "$A", "", "-x", "a b"])
def test_a_base_that_is_no_image_is_refused(base: str) -> None:
    with pytest.raises(MlspecError, match="not an image"):
        image_values(with_serving(image=ImageSpec.model_construct(base=base)), "s")


def test_a_base_by_digest_is_taken_as_it_is() -> None:
    base = "registry:5000/python:3.11-slim@sha256:" + "0" * 64
    assert image_values(with_serving(image=ImageSpec.model_construct(base=base)), "s")["base"] == base
