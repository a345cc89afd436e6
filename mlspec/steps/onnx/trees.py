"""Trees as ONNX, to the last bit: double thresholds, and each leaf's values in a table of doubles.

skl2onnx writes trees in single precision. ONNX-ML 5 has an operator for double precision, whose leaves give one number
to one target. Here that number is the leaf's row in a table, and each tree has a target of its own; the rows of the
table are gathered and added up after it. So a tree is walked once, however many classes there are.

scikit-learn's own trees compare features in single precision with thresholds in double precision, and those of
histogram gradient boosting both in double precision: so do these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from sklearn.base import is_classifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from mlspec.steps.onnx.parts import ML, Part, constant, node, numbers
from mlspec.steps.onnx.run import MATRIX

Array = np.ndarray[Any, Any]

SINGLE: Final = (DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor)
FORESTS: Final = (RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor)
BOOSTED: Final = (GradientBoostingClassifier, GradientBoostingRegressor)
BINNED: Final = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree by its nodes: children's numbers, what is compared with what, and each leaf's values."""

    left: Array
    right: Array
    feature: Array
    threshold: Array
    missing_left: Array
    leaf: Array
    """which nodes are leaves"""
    values: Array
    """of each leaf, in the nodes' order: what it adds to each output"""


@dataclass(slots=True)
class _Nodes:
    """The operator's attributes, while trees are added."""

    roots: list[int] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    true: list[int] = field(default_factory=list)
    true_leaf: list[int] = field(default_factory=list)
    false: list[int] = field(default_factory=list)
    false_leaf: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)

    def add(self, tree: Tree) -> None:
        inner, leaves = np.flatnonzero(~tree.leaf), np.flatnonzero(tree.leaf)
        base, first = len(self.features), len(self.targets)
        self.targets += [len(self.roots)] * len(leaves)
        self.roots.append(base)
        if not len(inner):  # a tree of one leaf: both ways of a node lead to it
            self._append([0], [0.0], [0], ([first], [1]), ([first], [1]))
            return
        place = np.empty(len(tree.leaf), dtype=np.int64)
        place[inner], place[leaves] = base + np.arange(len(inner)), first + np.arange(len(leaves))
        sides = [(place[side[inner]], tree.leaf[side[inner]]) for side in (tree.left, tree.right)]
        self._append(tree.feature[inner], tree.threshold[inner], tree.missing_left[inner], *sides)

    def _append(self, feature: Any, split: Any, missing: Any, true: Any, false: Any) -> None:
        self.features += map(int, feature)
        self.splits += map(float, split)
        self.missing += map(int, missing)
        self.true += map(int, true[0])
        self.true_leaf += map(int, true[1])
        self.false += map(int, false[0])
        self.false_leaf += map(int, false[1])


def tree_model(estimator: Any, width: int) -> ModelProto | None:
    """A model of trees on a matrix of doubles; None where these are none that are known here to the last bit."""
    if getattr(estimator, "n_outputs_", 1) != 1:
        return None
    if isinstance(estimator, (*SINGLE, *FORESTS)):
        return _forest(estimator, width)
    if isinstance(estimator, BOOSTED):
        return _boosted(estimator, width)
    return _binned(estimator, width) if isinstance(estimator, BINNED) else None


def _forest(estimator: Any, width: int) -> ModelProto:
    """The mean of the trees' values: shares of the classes, or numbers."""
    members = estimator.estimators_ if isinstance(estimator, FORESTS) else [estimator]
    classes = estimator.classes_ if is_classifier(estimator) else None
    nodes, constants = _sum([_sklearn_tree(member.tree_) for member in members], single=True)
    constants.append(constant("count", float(len(members))))
    nodes.append(node("Div", ["sum", "count"], "mean"))
    if classes is None:
        return _regression(nodes, constants, "mean", width)
    nodes.append(_first_of_largest("mean"))
    return _classification(nodes, constants, "mean", classes, width)


def _boosted(estimator: Any, width: int) -> ModelProto | None:
    start = _start(estimator, width)
    if start is None:
        return None
    rate, columns = estimator.learning_rate, estimator.estimators_.shape[1]
    trees = [
        _only(_sklearn_tree(member.tree_), column, columns, rate)
        for row in estimator.estimators_
        for column, member in enumerate(row)
    ]
    log_link = is_classifier(estimator) and getattr(estimator, "loss", "log_loss") == "log_loss"
    if is_classifier(estimator) and not log_link:
        return None
    return _linked(estimator, _sum(trees, single=True), start, width)


def _start(estimator: Any, width: int) -> Array | None:
    """What the trees are added to, where that is the same for all rows."""
    if estimator.init is not None and estimator.init != "zero":
        return None
    rows = np.zeros((1, width), dtype=np.float32)
    start = estimator._raw_predict_init(rows)  # noqa: SLF001 - nothing public tells it
    return np.array(start[0], dtype=np.float64)


def _binned(estimator: Any, width: int) -> ModelProto | None:
    rounds = estimator._predictors  # noqa: SLF001 - nothing public tells them
    log_link = getattr(estimator, "loss", "") in {"squared_error", "absolute_error", "quantile", "log_loss"}
    # columns of categories are put before the others, whether a split uses them or not
    if not log_link or getattr(estimator, "_preprocessor", None) is not None:
        return None
    columns = len(rounds[0]) if rounds else 1
    trees = [
        _only(_binned_tree(member.nodes), column, columns, 1.0) for row in rounds for column, member in enumerate(row)
    ]
    start = np.asarray(estimator._baseline_prediction, dtype=np.float64).reshape(-1)  # noqa: SLF001 - as above
    return _linked(estimator, _sum(trees, single=False), start, width) if trees else None


def _linked(estimator: Any, summed: tuple[list[NodeProto], list[TensorProto]], start: Array, width: int) -> ModelProto:
    """A sum of trees through its link: none for numbers, sigmoid for two classes, softmax for more."""
    nodes, constants = summed
    constants.append(constant("start", start))
    nodes.append(node("Add", ["sum", "start"], "raw"))
    if not is_classifier(estimator):
        return _regression(nodes, constants, "raw", width)
    if len(estimator.classes_) > 2:
        nodes += [node("Softmax", ["raw"], "shares", axis=1), _first_of_largest("raw")]
    else:
        constants += [constant("one", 1.0), constant("zero", 0.0), constant("flat", [-1], np.int64)]
        nodes += _two_classes("GreaterOrEqual" if isinstance(estimator, BOOSTED) else "Greater")
    return _classification(nodes, constants, "shares", estimator.classes_, width)


def _two_classes(second: str) -> list[NodeProto]:
    """raw → shares, best; a tie is of the one class or the other by how `second` compares with nought."""
    return [
        node("Sigmoid", ["raw"], "second"),
        node("Sub", ["one", "second"], "first"),
        node("Concat", ["first", "second"], "shares", axis=1),
        node(second, ["raw", "zero"], "above"),
        node("Cast", ["above"], "column", to=TensorProto.INT64),
        node("Reshape", ["column", "flat"], "best"),
    ]


def _first_of_largest(scores: str) -> NodeProto:
    return node("ArgMax", [scores], "best", axis=1, keepdims=0)


def _sklearn_tree(tree: Any) -> Tree:
    leaf = tree.children_left == -1
    missing = np.asarray(tree.missing_go_to_left, dtype=bool)
    return Tree(
        tree.children_left, tree.children_right, tree.feature, tree.threshold, missing, leaf, tree.value[leaf][:, 0, :]
    )


def _binned_tree(nodes: Any) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    missing = nodes["missing_go_to_left"].astype(bool)
    left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
    return Tree(
        left, right, nodes["feature_idx"], nodes["num_threshold"], missing, leaf, nodes["value"][leaf].reshape(-1, 1)
    )


def _only(tree: Tree, column: int, columns: int, rate: float) -> Tree:
    """A tree that adds to one of the outputs."""
    values = np.zeros((len(tree.values), columns))
    values[:, column] = tree.values[:, 0] * rate
    return Tree(tree.left, tree.right, tree.feature, tree.threshold, tree.missing_left, tree.leaf, values)


def _sum(trees: Sequence[Tree], *, single: bool) -> tuple[list[NodeProto], list[TensorProto]]:
    """matrix → sum: the values of each tree's leaf, added up; `single`: features are rounded as scikit-learn does."""
    found = _Nodes()
    for tree in trees:
        found.add(tree)
    rounded = [
        node("Cast", [MATRIX], "single", to=TensorProto.FLOAT),
        node("Cast", ["single"], "compared", to=TensorProto.DOUBLE),
    ]
    nodes = [
        *(rounded if single else [node("Identity", [MATRIX], "compared")]),
        _ensemble(found, len(trees)),
        node("Cast", ["places"], "rows", to=TensorProto.INT64),
        node("Gather", ["table", "rows"], "values", axis=0),
        node("ReduceSum", ["values", "trees"], "sum", keepdims=0),
    ]
    table = np.concatenate([tree.values for tree in trees])
    return nodes, [constant("table", table), constant("trees", [1], np.int64)]


def _ensemble(found: _Nodes, count: int) -> NodeProto:
    """compared → places: for each tree, the row of the leaf that it leads to."""
    return node(
        "TreeEnsemble",
        ["compared"],
        "places",
        ML,
        n_targets=count,
        aggregate_function=1,
        post_transform=0,
        tree_roots=found.roots,
        nodes_featureids=found.features,
        nodes_modes=numpy_helper.from_array(np.zeros(len(found.features), dtype=np.uint8), "modes"),
        nodes_splits=numpy_helper.from_array(np.array(found.splits), "splits"),
        nodes_truenodeids=found.true,
        nodes_trueleafs=found.true_leaf,
        nodes_falsenodeids=found.false,
        nodes_falseleafs=found.false_leaf,
        nodes_missing_value_tracks_true=found.missing,
        leaf_targetids=found.targets,
        leaf_weights=numpy_helper.from_array(np.arange(len(found.targets), dtype=np.float64), "weights"),
    )


def _regression(nodes: Iterable[NodeProto], constants: Iterable[TensorProto], name: str, width: int) -> ModelProto:
    return Part([*nodes], [numbers(MATRIX, width)], [numbers(name, 1)], [*constants]).model()


def _classification(
    nodes: Iterable[NodeProto], constants: Iterable[TensorProto], shares: str, classes: Array, width: int
) -> ModelProto:
    """The class whose number is `best`, and the shares."""
    text = classes.dtype.kind not in "biu"
    known = constant("classes", classes, object if text else np.int64)
    kind = TensorProto.STRING if text else TensorProto.INT64
    label = node("Gather", ["classes", "best"], "label", axis=0)
    outputs = [helper.make_tensor_value_info("label", kind, [None]), numbers(shares, len(classes))]
    return Part([*nodes, label], [numbers(MATRIX, width)], outputs, [*constants, known]).model()
