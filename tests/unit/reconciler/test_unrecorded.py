"""What runs although no chain says so is recorded; what is not as wanted is not."""

from __future__ import annotations

from fakes.shop import PLACE, Shop

from mlspec.reconciler.chains import environment_ref, read_chain

CHAIN = environment_ref("production")


def outcome(shop: Shop) -> str:
    """What the chain has last of production."""
    facts = read_chain(shop.git, shop.ports.cache, CHAIN).get("wine", {})
    return str(facts.get("rollout", {}).get("outcome", "nothing"))


def test_a_deployment_whose_run_died_is_recorded_by_the_next(shop: Shop) -> None:
    shop.run()
    del shop.git.refs[CHAIN]
    assert (shop.plan(), outcome(shop)) == ([], "nothing")
    assert (shop.run(), outcome(shop)) == ([], "deployed")
    tip = shop.git.refs[CHAIN]
    shop.run()
    assert shop.git.refs[CHAIN] == tip
    shop.ports.process.kill(PLACE)
    assert shop.plan() == ["restart:wine:production"]


def test_what_runs_otherwise_than_the_spec_wants_is_not_recorded(shop: Shop) -> None:
    shop.run()
    del shop.git.refs[CHAIN]
    shop.edit("replicas: 1", "replicas: 2")
    shop.ports.process.fail_next()
    shop.run()
    assert outcome(shop) != "deployed"
