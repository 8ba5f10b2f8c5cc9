"""Messages a second: by a clock that only the test moves, and by the publisher's own."""

import time

import pytest

from tests.channel.by_clock import Clock
from tests.channel.test_publisher import Fake
from torchloupe.channel._budget import BURST, MESSAGES_A_SECOND, SENT, Budget
from torchloupe.channel._publisher import Publisher

MOST_A_SECOND = 20


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def budget(clock):
    return Budget(clock)


@pytest.mark.parametrize("size", [1, 5, 30])
def test_in_the_long_run_no_more_than_that(budget, clock, size):
    sent = 0
    for _ in range(60_000):
        if budget.allows(urgent=False):
            budget.spend(size)
            sent += size
        clock.now += 0.001
    assert sent <= 60 * MESSAGES_A_SECOND + BURST + size <= 60 * MOST_A_SECOND
    assert sent >= 60 * MESSAGES_A_SECOND


def test_an_answer_may_borrow_but_not_without_end(budget, clock):
    while budget.allows(urgent=False):
        budget.spend(1)
    borrowed = 0
    while budget.allows(urgent=True):
        budget.spend(1)
        borrowed += 1
    assert borrowed == BURST
    clock.now += (BURST + 1) / MESSAGES_A_SECOND
    assert budget.allows(urgent=False)


def test_a_rest_saves_no_more_than_a_burst(budget, clock):
    clock.now += 3600
    sent = 0
    while budget.allows(urgent=False):
        budget.spend(1)
        sent += 1
    assert sent == BURST


class Talker(Fake):
    """A view that has something new whenever it is asked, in several messages."""

    size = 1

    def version(self):
        return time.monotonic()

    def publish(self, *, complete):
        for _ in range(self.size):
            SENT.count()
        self.value = time.monotonic()
        return super().publish(complete=complete)


@pytest.fixture
def publisher():
    made = Publisher()
    yield made
    for entry in list(made._entries.values()):
        made.remove(entry.view)


def talkers(publisher, *kinds):
    views = []
    for size, small in kinds:
        view = Talker(publisher)
        view.size, view.small = size, small
        publisher.add(view, None)
        view.watch()
        views.append(view)
    return views


def test_many_views_share_it_and_none_is_forgotten(publisher):
    """Seen to fail without a budget, and when the first of the views always goes first."""
    views = talkers(publisher, *[(3, False)] * 12, (1, True))
    before, began = SENT.total, time.monotonic()
    time.sleep(3)
    sent, taken = SENT.total - before, time.monotonic() - began
    assert sent <= taken * MESSAGES_A_SECOND + BURST + 3
    assert sent >= taken * MESSAGES_A_SECOND * 0.7
    *others, status = (len(view.shown) for view in views)
    assert min(others) >= max(others) - 1 >= 1
    assert status > 2 * max(others), "the status goes first"


def test_an_answer_waits_for_nobody(publisher):
    """Seen to fail when an answer may not borrow."""
    views = talkers(publisher, *[(6, False)] * 8)
    time.sleep(0.5)  # all of it is spent at once
    quiet = Fake(publisher)
    publisher.add(quiet, quiet.version())
    quiet.watch()
    began = time.monotonic()
    quiet.answer = True
    publisher.wake()
    while not quiet.shown:
        assert time.monotonic() - began < 0.1
        time.sleep(0.001)
    assert all(view.failures == [] for view in views)
