"""Bounds of decision trees read from a file: scikit-learn follows a tree's indices without looking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.tree._tree import Tree

from mlspec.serving.errors import BundleError


def check_trees(model: Any) -> None:
    """Raise BundleError where a tree of the model points outside itself, back to an ancestor or past the features."""
    for part, width in _parts(model):
        if isinstance(part, Tree):
            _check_tree(part, width)
        elif isinstance(part, TreePredictor):
            _check_predictor(part, width)


def _parts(model: Any) -> Iterator[tuple[Any, int]]:
    """Every object below the model, with the number of features of the estimator that holds it."""
    seen: set[int] = set()
    stack: list[tuple[Any, int]] = [(model, -1)]
    while stack:
        part, width = stack.pop()
        if id(part) in seen or isinstance(part, str | bytes | int | float | type):
            continue
        seen.add(id(part))
        yield part, width
        width = getattr(part, "__dict__", {}).get("n_features_in_", width)
        stack.extend((child, width) for child in _children(part))


def _children(part: Any) -> list[Any]:
    if isinstance(part, dict):
        return [*part, *part.values()]
    if isinstance(part, list | tuple | set | frozenset):
        return list(part)
    if isinstance(part, np.ndarray):
        return part.ravel().tolist() if part.dtype == object else []
    return list(getattr(part, "__dict__", {}).values())


def _check_tree(tree: Any, width: int) -> None:
    left, right = tree.children_left, tree.children_right
    inner = np.flatnonzero(left != -1)
    _check_nodes(inner, (left, right), tree.feature, min(tree.n_features, width))
    if np.any(right[left == -1] != -1):
        raise BundleError("the model holds a tree with a half-made leaf")


def _check_predictor(predictor: Any, width: int) -> None:
    nodes = predictor.nodes
    inner = np.flatnonzero(nodes["is_leaf"] == 0)
    left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
    _check_nodes(inner, (left, right), nodes["feature_idx"], width)
    used = nodes["bitset_idx"][inner][nodes["is_categorical"][inner] != 0]
    if used.size and used.max() >= len(predictor.raw_left_cat_bitsets):
        raise BundleError("the model holds a tree whose categories point outside it")


def _check_nodes(inner: Any, children: tuple[Any, Any], feature: Any, width: int) -> None:
    # A child always has a higher number than its parent, so a walk ends.
    for side in children:
        if np.any(side[inner] <= inner) or np.any(side[inner] >= len(side)):
            raise BundleError("the model holds a tree whose nodes point outside it")
    if np.any(feature[inner] < 0) or np.any(feature[inner] >= width):
        raise BundleError("the model holds a tree that reads past the model's features")
