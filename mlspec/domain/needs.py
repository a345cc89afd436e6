"""What mlspec's steps import: an environment that trains has it, whatever else its lock says."""

from __future__ import annotations

from typing import Final

STEPS: Final = ("numpy", "pandas", "pandera", "pyyaml", "scikit-learn", "skops")
"""Distributions, by their normalised names."""

ONNX: Final = (*STEPS, "onnx", "onnxruntime", "skl2onnx")
"""The same for models that are served in ONNX' format."""
