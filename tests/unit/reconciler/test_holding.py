"""Several leases at once."""

from __future__ import annotations

import pytest
from fakes.leases import FakeBoard, FakeLeases

from mlspec.errors import LockHeld
from mlspec.reconciler.holding import holding


def test_taken_by_name_and_released_the_other_way_round() -> None:
    leases = FakeLeases()
    with holding(leases, "r", {"staging": 0, "production": 6}) as held:
        assert {name: lease.fence for name, lease in held.items()} == {"production": 7, "staging": 1}
    assert leases.effects == ["acquire production 7", "acquire staging 1", "release staging", "release production"]


def test_released_when_the_work_fails() -> None:
    leases = FakeLeases()
    with pytest.raises(ZeroDivisionError), holding(leases, "r", {"production": 0}):
        1 / 0  # noqa: B018
    assert leases.effects[-1] == "release production"


def test_none_is_kept_where_one_cannot_be_had() -> None:
    board = FakeBoard()
    FakeLeases(board, "elsewhere").acquire("staging", "r")
    leases = FakeLeases(board)
    with pytest.raises(LockHeld), holding(leases, "r", {"staging": 0, "production": 0}, wait=0):
        pytest.fail("held")
    assert leases.effects == ["acquire production 1", "release production"]
