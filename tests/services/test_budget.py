"""What a client may cost: buckets that fill again, a table that does not grow, waits that are true."""

import pytest

from kg.errors import OverBudget
from services.budget import Allowance, Budgets

A_MINUTE = Allowance(60, 120, at_once=2)


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def budgets(clock):
    return Budgets(clock=clock)


def refused(budgets, client, allowance=A_MINUTE, refusal=0.0):
    with pytest.raises(OverBudget) as told:
        budgets.admit(client, allowance, refusal=refusal)
    return told.value


def test_a_client_is_let_in_until_what_it_saved_is_used_up(budgets):
    for _ in range(12):
        budgets.admit("a", A_MINUTE)
        budgets.charge("a", A_MINUTE, 10)

    assert refused(budgets, "a").retry_after == pytest.approx(0.1)
    budgets.admit("b", A_MINUTE)


@pytest.mark.parametrize("cost", [120, 121, 150, 600.5])
def test_who_waits_as_long_as_told_is_let_in_and_not_before(budgets, clock, cost):
    budgets.charge("a", A_MINUTE, cost)
    wait = refused(budgets, "a").retry_after

    clock.now += wait * 0.99
    refused(budgets, "a")
    clock.now += wait * 0.01 + 1e-6
    budgets.admit("a", A_MINUTE)


def test_what_was_not_used_is_saved_up_and_no_more(budgets, clock):
    budgets.charge("a", A_MINUTE, 50)
    clock.now += 10
    assert budgets.left("a", A_MINUTE) == pytest.approx(80)

    clock.now += 1e6
    assert budgets.left("a", A_MINUTE) == 120


def test_refusals_are_charged_but_make_nobody_wait_longer_than_a_minute(budgets):
    budgets.charge("a", A_MINUTE, 120)

    waits = [refused(budgets, "a", refusal=0.5).retry_after for _ in range(1000)]

    assert waits[0] < waits[1] < waits[50]
    assert max(waits) == pytest.approx(60, abs=0.2)


def test_a_debt_beyond_a_minute_is_not_made_smaller_by_refusals(budgets):
    budgets.charge("a", A_MINUTE, 1000)

    assert refused(budgets, "a", refusal=0.5).retry_after == pytest.approx(880.1)


def test_only_so_many_queries_of_a_client_run_at_once(budgets):
    budgets.begin("a", A_MINUTE, seconds=30)
    budgets.begin("a", A_MINUTE, seconds=30)

    with pytest.raises(OverBudget) as told:
        budgets.begin("a", A_MINUTE, seconds=30)
    budgets.begin("b", A_MINUTE, seconds=30)
    budgets.end("a", A_MINUTE)
    budgets.begin("a", A_MINUTE, seconds=30)

    assert told.value.retry_after == 30


def test_a_budget_of_nothing_is_none_at_all(budgets):
    free = Allowance(0, 0)
    budgets.charge("a", free, 1e9)
    budgets.admit("a", free)
    assert budgets.take("a", free, 1e9) is not None
    assert len(budgets) == 0


def test_a_tiny_budget_lets_its_client_in_as_well(budgets):
    budgets.admit("a", Allowance(0.01, 0.02))


def test_taking_lets_in_and_charges_in_one(budgets):
    assert budgets.take("a", A_MINUTE, 119.95) == pytest.approx(0.05)
    assert budgets.take("a", A_MINUTE, 0.01) is None
    assert budgets.left("a", A_MINUTE) == pytest.approx(0.05)


@pytest.mark.parametrize("count", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_million_addresses_do_not_make_the_table_grow(budgets, clock, count):
    largest = 0
    for number in range(count):
        budgets.charge(f"address {number}", A_MINUTE, 0.01)
        clock.now += 0.0002
        largest = max(largest, len(budgets))

    assert largest < 200


def test_addresses_that_come_all_at_once_fill_no_more_than_there_is_room(clock):
    budgets = Budgets(most=1000, clock=clock)
    for number in range(50_000):
        budgets.charge(f"address {number}", A_MINUTE, 100)
    assert len(budgets) == 1000


def test_many_addresses_do_not_rid_one_of_its_debt(budgets, clock):
    budgets.charge("debtor", A_MINUTE, 240)
    for number in range(100_000):
        budgets.charge(f"address {number}", A_MINUTE, 0.1)
        clock.now += 0.001

    refused(budgets, "debtor")


def test_queries_that_run_are_not_forgotten_with_their_address(budgets, clock):
    budgets.begin("a", A_MINUTE, seconds=30)
    budgets.begin("a", A_MINUTE, seconds=30)
    for number in range(1000):
        budgets.charge(f"address {number}", A_MINUTE, 0.001)
        clock.now += 1

    with pytest.raises(OverBudget):
        budgets.begin("a", A_MINUTE, seconds=30)
