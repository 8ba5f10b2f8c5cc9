"""When a frame may go out: by a clock that only the test moves."""

import pytest

from tests.channel.by_clock import Clock, View
from torchloupe.channel._audience import (
    GONE_SECONDS,
    MOST_CLIENTS,
    PATIENCE_SECONDS,
    SHORTEST_PAUSE,
    SILENCE_SECONDS,
)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def view(clock):
    return View(clock)


def test_nobody_is_sent_anything(view, clock):
    assert view.run(100, deaf=False) == []
    assert view.run(100, deaf=True) == []


def test_a_display_alone_is_nobody_while_the_front_end_can_speak(view):
    view.audience.display()
    assert view.run(100, deaf=False) == []


def test_a_hidden_view_is_sent_nothing(view):
    view.audience.hear("a", visible=False)
    assert view.run(100, deaf=False) == []
    assert not view.audience.watched
    view.audience.display()
    assert view.run(100, deaf=True) == []


def test_the_first_frame_goes_out_at_once(view):
    view.audience.hear("a", visible=True)
    assert view.audience.watched
    assert view.may_send()


@pytest.mark.parametrize("round_trip", [0.001, 0.1, 0.5])
def test_the_pause_is_three_round_trips_and_never_nothing(view, clock, round_trip):
    view.audience.hear("a", visible=True)
    view.send()
    clock.now += round_trip
    assert not view.may_send()
    view.acknowledge()
    pause = max(SHORTEST_PAUSE, 3 * round_trip)
    clock.now += pause - 0.001
    assert not view.may_send()
    assert view.may_send(urgent=True)
    clock.now += 0.002
    assert view.may_send()


def test_an_urgent_frame_waits_for_the_acknowledgement_all_the_same(view, clock):
    view.audience.hear("a", visible=True)
    view.send()
    clock.now += 0.1
    assert not view.may_send(urgent=True)


def test_an_acknowledgement_of_another_frame_frees_nothing(view, clock):
    view.audience.hear("a", visible=True)
    view.send()
    for frame in (0, 1, view.frame + 1, 2**31 - 1):
        view.acknowledge(frame=frame)
        clock.now += 0.1
        assert not view.may_send()


def test_a_line_that_was_dead_does_not_count_as_a_slow_one(view, clock):
    """Seen to fail when answers to frames that were replaced are timed."""
    view.audience.hear("a", visible=True)
    view.send()
    clock.now += SILENCE_SECONDS
    assert view.may_send()
    view.send()
    view.acknowledge(frame=view.frame - 1)
    view.acknowledge()
    clock.now += SHORTEST_PAUSE
    assert view.may_send()
    view.send()
    clock.now += PATIENCE_SECONDS
    view.audience.show("a", view.frame - 1)
    assert view.may_send()


def test_an_acknowledgement_before_the_bytes_are_counted_is_heard(view, clock):
    view.audience.hear("a", visible=True)
    view.audience.sending(2)
    view.acknowledge(frame=2)
    view.audience.sent(1000)
    clock.now += SHORTEST_PAUSE
    assert view.may_send()


def test_a_lost_frame_is_repeated_after_two_seconds(view, clock):
    view.audience.hear("a", visible=True)
    view.send()
    clock.now += SILENCE_SECONDS - 0.01
    assert not view.may_send()
    assert not view.audience.must_repeat(deaf=False)
    clock.now += 0.02
    assert view.may_send()
    assert view.audience.must_repeat(deaf=False)
    view.send()
    clock.now += 0.1
    view.acknowledge()
    clock.now += 1000
    assert not view.audience.must_repeat(deaf=False)


def test_a_frame_that_one_of_two_lost_is_repeated_for_it(view, clock):
    view.audience.hear("a", visible=True)
    view.audience.hear("b", visible=True)
    view.send()
    view.acknowledge("a")
    clock.now += SILENCE_SECONDS
    assert view.audience.must_repeat(deaf=False)
    assert not view.audience.must_repeat(deaf=True)
    view.acknowledge("b")
    assert not view.audience.must_repeat(deaf=False)


def test_frames_are_complete_until_everybody_who_looks_has_the_last(view):
    assert not view.audience.caught_up
    view.audience.hear("a", visible=True)
    assert not view.audience.caught_up
    view.acknowledge("a")
    assert view.audience.caught_up
    view.audience.hear("b", visible=True)
    assert not view.audience.caught_up
    view.audience.hear("b", visible=False)
    assert view.audience.caught_up
    view.send()
    assert not view.audience.caught_up


def test_the_first_visible_client_frees_the_next_frame(view, clock):
    for client in "abc":
        view.audience.hear(client, visible=client != "a")
    view.send()
    view.acknowledge("a")
    clock.now += 0.2
    assert not view.may_send()
    view.acknowledge("b")
    clock.now += 3 * 0.2 + 0.01
    assert view.may_send()


def test_a_client_that_went_is_dropped_after_ten_seconds(view):
    view.audience.hear("a", visible=True)
    times = view.run(60, deaf=False)
    assert GONE_SECONDS - SILENCE_SECONDS <= times[-1] - times[0] <= GONE_SECONDS
    assert not view.audience.watched


def test_a_dead_tab_beside_a_living_one_is_dropped_too(view, clock):
    view.audience.hear("dead", visible=True)
    view.audience.hear("a", visible=True)
    for _ in range(24):
        view.send()
        view.acknowledge("a")
        clock.now += 0.5
        view.may_send()
    assert view.audience.caught_up
    assert not view.audience.must_repeat(deaf=False)


def test_a_slow_client_is_not_gone(view, clock):
    view.audience.hear("slow", visible=True)
    for _ in range(10):
        view.send()
        frame = view.frame
        clock.now += 7
        view.send()
        view.may_send()
        view.acknowledge("slow", frame)
        clock.now += 7
        view.may_send()
        assert view.audience.watched


def test_someone_who_was_dropped_counts_again_at_the_first_word(view):
    view.audience.hear("a", visible=True)
    view.run(60, deaf=False)
    view.acknowledge()
    assert view.audience.watched
    assert view.audience.caught_up


def test_someone_who_left_is_nobody(view):
    view.audience.hear("a", visible=True)
    view.audience.leave("a")
    view.audience.leave("a")
    assert view.run(60, deaf=False) == []


@pytest.mark.parametrize("word", ["hear", "acknowledge"])
def test_made_up_clients_do_not_pile_up(view, word):
    for number in range(10 * MOST_CLIENTS):
        if word == "hear":
            view.audience.hear(f"{number}", visible=True)
        else:
            view.acknowledge(f"{number}")
    assert len(view.audience._clients) == MOST_CLIENTS


def test_someone_who_comes_back_to_what_is_drawn_is_caught_up(view):
    view.audience.hear("a", visible=True)
    view.acknowledge("a")
    view.audience.hear("a", visible=False)
    view.audience.hear("a", visible=True)
    assert view.audience.caught_up
    assert view.may_send()


def test_a_frame_lost_while_the_page_was_turned_away_is_repeated(view, clock):
    view.audience.hear("a", visible=True)
    view.acknowledge("a")
    view.send()
    view.audience.hear("a", visible=False)
    clock.now += 60
    view.audience.hear("a", visible=True)
    clock.now += SILENCE_SECONDS
    assert view.may_send()
    assert view.audience.must_repeat(deaf=False)
