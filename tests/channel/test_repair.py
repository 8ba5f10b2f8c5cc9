"""What is lost is soon sent again to whoever says that it lacks it."""

import pytest

from tests.channel.by_clock import Clock, View
from torchloupe.channel._audience import PATIENCE_SECONDS, SILENCE_SECONDS


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def view(clock):
    """A view whose second frame is under way to one client."""
    made = View(clock)
    made.audience.hear("a", visible=True)
    made.acknowledge("a")
    made.send()
    return made


@pytest.mark.parametrize("deaf", [False, True])
@pytest.mark.parametrize("shown", [0, 1])
def test_who_shows_an_older_frame_is_sent_it_again(view, clock, shown, deaf):
    """Seen to fail when only silence counts."""
    clock.now += PATIENCE_SECONDS
    assert not view.audience.must_repeat(deaf=deaf)
    view.audience.show("a", shown)
    assert view.may_send(deaf=deaf)
    assert view.audience.must_repeat(deaf=deaf)
    assert not view.audience.caught_up
    view.send()
    assert not view.audience.must_repeat(deaf=deaf)
    view.acknowledge("a")
    assert view.audience.caught_up


def test_a_word_that_crossed_the_frame_is_no_complaint(view, clock):
    clock.now += PATIENCE_SECONDS / 2
    view.audience.show("a", 1)
    clock.now += PATIENCE_SECONDS
    assert not view.audience.must_repeat(deaf=False)


def test_a_slow_browser_is_given_its_time(view, clock):
    """Seen to fail when the round trip does not count."""
    for _ in range(3):
        clock.now += 0.9
        view.acknowledge("a")
        view.send()
    clock.now += 1.7
    view.audience.show("a", view.frame - 1)
    assert not view.audience.must_repeat(deaf=True)
    clock.now += 0.2
    view.audience.show("a", view.frame - 1)
    assert view.audience.must_repeat(deaf=True)


def test_to_say_what_is_shown_acknowledges_it(view, clock):
    clock.now += 0.1
    view.audience.show("a", view.frame)
    clock.now += 0.1
    assert view.audience.caught_up
    assert view.may_send()


def test_an_older_frame_that_came_late_is_noticed(view, clock):
    """Seen to fail when only the newest frame's acknowledgement is heard."""
    view.acknowledge("a")
    assert view.audience.caught_up
    view.acknowledge("a", frame=1)
    assert not view.audience.caught_up
    clock.now += PATIENCE_SECONDS
    view.audience.show("a", 1)
    assert view.audience.must_repeat(deaf=False)


def test_of_two_the_one_that_lacks_it_is_enough(view, clock):
    view.audience.hear("b", visible=True)
    view.acknowledge("a")
    clock.now += PATIENCE_SECONDS
    view.audience.show("b", 0)
    for deaf in (False, True):
        assert view.may_send(deaf=deaf)
        assert view.audience.must_repeat(deaf=deaf)


def test_to_show_something_is_to_look(clock):
    view = View(clock)
    view.audience.hear("a", visible=True)
    view.audience.hear("a", visible=False)
    view.audience.show("a", 1)
    assert view.audience.watched


def test_answers_withheld_by_a_cell_are_not_slow_ones(view, clock):
    """Seen to fail when each answer is measured: minutes of silence follow a long cell."""
    view.run(600, deaf=True)
    view.acknowledge()
    clock.now += 0.1
    assert view.may_send()
    view.send()
    clock.now += SILENCE_SECONDS / 4
    assert not view.may_send()
