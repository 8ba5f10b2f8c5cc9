"""A front end that cannot speak while a cell is busy: slow, bounded, and not forgotten."""

from itertools import pairwise

import pytest

from tests.channel.by_clock import Clock, View
from torchloupe.channel._audience import (
    SILENCE_SECONDS,
    STATUS_SECONDS,
    UNHEARD_BYTES,
    Unheard,
)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def view(clock):
    return View(clock)


@pytest.mark.parametrize("greeted", [True, False])
def test_to_a_deaf_front_end_a_frame_every_two_seconds_until_32_megabytes(clock, greeted):
    view = View(clock, size=2**20)
    view.audience.display()
    if greeted:
        view.audience.hear("a", visible=True)
    times = view.run(3600, deaf=True)
    assert len(times) == UNHEARD_BYTES // 2**20
    gaps = {later - earlier for earlier, later in pairwise(times)}
    assert gaps == {SILENCE_SECONDS}


def test_past_that_only_small_frames_every_thirty_seconds(clock):
    unheard = Unheard()
    large, small = View(clock, unheard, size=2**23), View(clock, unheard, small=True)
    for view in (large, small):
        view.audience.hear("a", visible=True)
    large.run(60, deaf=True)
    assert unheard.full
    assert large.run(600, deaf=True) == []
    times = small.run(600, deaf=True)
    assert times[1] - times[0] == STATUS_SECONDS
    assert len(times) == 600 / STATUS_SECONDS


@pytest.mark.parametrize("word", ["acknowledge", "hear", "leave"])
def test_the_first_word_about_any_view_brings_full_frames_back(clock, word):
    unheard = Unheard()
    view, other = View(clock, unheard, size=2**23), View(clock, unheard)
    view.audience.hear("a", visible=True)
    other.audience.hear("a", visible=True)
    view.run(60, deaf=True)
    assert not view.may_send(deaf=True)
    clock.now += SILENCE_SECONDS
    say = {
        "acknowledge": lambda: other.audience.acknowledge("a", 1),
        "hear": lambda: other.audience.hear("a", visible=False),
        "leave": lambda: other.audience.leave("a"),
    }
    say[word]()
    assert view.may_send(deaf=True)


def test_the_silence_of_a_busy_cell_drops_nobody(view, clock):
    view.audience.hear("a", visible=True)
    view.run(120, deaf=True)
    clock.now += 1
    assert view.may_send() or view.audience.watched
    view.acknowledge()
    view.run(8, deaf=False)
    assert view.audience.watched


@pytest.mark.parametrize("spoken", [False, True])
def test_saying_again_that_it_looks_neither_excuses_a_client_nor_keeps_it(clock, spoken):
    """Seen to fail when every word counts as an answer: the lost frame is never repeated."""
    view = View(clock)
    view.audience.hear("a", visible=True)
    view.send()
    for _ in range(5):
        clock.now += 0.5
        if spoken:
            view.audience.hear("a", visible=True)
    assert view.audience.must_repeat(deaf=False)
    clock.now += 20
    view.may_send()
    assert not view.audience.watched


def test_a_word_that_was_overtaken_is_made_good_by_the_next(clock):
    view = View(clock)
    view.audience.hear("a", visible=True)
    view.audience.hear("a", visible=False)
    assert not view.audience.watched
    view.audience.hear("a", visible=True)
    assert view.audience.watched
    assert view.may_send()
