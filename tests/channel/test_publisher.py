"""The one thread that sends: what it sends, when it ends, and what cannot stop it."""

import threading
import time
from contextlib import suppress

import pytest

from tests.front_end import publishers, wait_for
from torchloupe.channel import Audience
from torchloupe.channel._publisher import Publisher


class Fake:
    """A view of one number, which its audience acknowledges at once."""

    small = False

    def __init__(self, publisher):
        self.audience = Audience(frame=1)
        self.publisher = publisher
        self.frame = 1
        self.value = 0
        self.answer = False
        self.shown = []
        self.threads = set()
        self.failures = []
        self.stumbles = []
        self.waits = True
        self.cost = 0.0
        self.at_publish = lambda: None

    def watch(self):
        self.audience.hear("a", visible=True)
        self.audience.acknowledge("a", self.frame)
        self.publisher.wake()

    def version(self):
        return self.value

    def urgent(self):
        return self.answer

    def can_wait(self):
        return self.waits

    def publish(self, *, complete):
        self.at_publish()
        self.threads.add(threading.current_thread().name)
        self.answer = False
        self.frame += 1
        self.shown.append(self.value)
        self.audience.acknowledge("a", self.frame)
        return 100

    def observed(self, seconds):
        self.cost += seconds

    def stumbled(self, error, *, for_good):
        (self.failures if for_good else self.stumbles).append(error)


@pytest.fixture
def publisher():
    made = Publisher()
    yield made
    for entry in list(made._entries.values()):
        made.remove(entry.view)
    assert not publishers()


@pytest.fixture
def view(publisher):
    made = Fake(publisher)
    publisher.add(made, made.version())
    return made


def test_what_a_view_begins_with_counts_as_sent(view):
    view.watch()
    time.sleep(0.2)
    assert view.shown == []


def test_the_last_frame_keeps_no_pause(view, monkeypatch):
    """However slow the browser was before. Seen to fail when it kept the pause."""
    monkeypatch.setattr("torchloupe.channel._audience.SHORTEST_PAUSE", 60.0)
    view.watch()
    view.value = 1
    wait_for(lambda: view.shown == [1])
    view.value = 2
    time.sleep(0.3)
    assert view.shown == [1]
    view.waits = False
    wait_for(lambda: view.shown == [1, 2])


def test_what_changed_while_the_view_was_made_is_sent(publisher):
    view = Fake(publisher)
    seen = view.version()
    view.value = 1
    publisher.add(view, seen)
    view.watch()
    wait_for(lambda: view.shown == [1])


def test_every_change_is_shown_in_the_end(view):
    view.watch()
    for value in range(1, 200):
        view.value = value
        time.sleep(0.001)
    wait_for(lambda: view.shown and view.shown[-1] == 199)
    assert view.shown == sorted(set(view.shown))
    assert view.threads == {"torchloupe publisher"}


def test_what_changes_while_a_frame_is_made_is_sent_next(view):
    def change():
        view.at_publish = lambda: None
        view.value = 2
        view.shown.append("made with what was there before")

    view.at_publish = change
    view.watch()
    view.value = 1
    wait_for(lambda: view.shown.count(2) == 2)


def test_nobody_looks_and_nothing_is_asked(publisher):
    view = Fake(publisher)
    publisher.add(view, None)
    asked = []
    view.version = lambda: asked.append("version")
    publisher.wake()
    time.sleep(0.2)
    assert (asked, view.shown) == ([], [])


def test_an_answer_is_sent_though_nothing_else_is_new(view):
    view.watch()
    view.answer = True
    view.publisher.wake()
    wait_for(lambda: view.shown == [0])


@pytest.mark.parametrize("where", ["publish", "version", "urgent", "observed"])
def test_a_view_that_raises_is_told_once_and_silences_no_other(publisher, where):
    broken, other = Fake(publisher), Fake(publisher)
    for each in (broken, other):
        publisher.add(each, None)

    def fail(*_, **__):
        raise ZeroDivisionError

    setattr(broken, where, fail)
    broken.watch()
    other.watch()
    wait_for(lambda: broken.failures and other.shown)
    other.value = 1
    wait_for(lambda: other.shown[-1] == 1)
    assert len(broken.failures) == 1


def test_what_passes_is_tried_again(view):
    """Seen to fail when a view is given up at once."""
    left = [2]

    def stumble():
        left[0] -= 1
        if left[0] >= 0:
            raise OSError("the connection is busy")

    view.at_publish = stumble
    view.watch()
    view.value = 1
    wait_for(lambda: view.shown == [1], 3)
    assert (len(view.stumbles), view.failures) == (2, [])
    left[0] = 2
    view.value = 2
    wait_for(lambda: view.shown == [1, 2], 3)
    assert view.failures == []


def test_frames_that_nobody_waits_for_take_little_of_a_core(view):
    """Ten milliseconds each are followed by a quarter of a second's rest, while more is to come.

    Seen to fail without the rest, and with one that answers and a run's last frame keep too.
    """

    def work():
        until = time.thread_time() + 0.01
        while time.thread_time() < until:
            pass

    view.at_publish = work
    view.watch()
    end = time.monotonic() + 2.0
    while time.monotonic() < end:
        view.value += 1
        time.sleep(0.005)
    assert 3 <= len(view.shown) <= 10
    wait_for(lambda: view.shown[-1] == view.value, 2)
    count, view.answer = len(view.shown), True
    view.publisher.wake()
    wait_for(lambda: len(view.shown) > count, 0.2)
    view.waits, view.value = False, -1
    view.publisher.wake()
    wait_for(lambda: view.shown[-1] == -1, 0.2)


def test_a_view_that_cannot_even_say_so_silences_no_other(publisher, caplog):
    broken, other = Fake(publisher), Fake(publisher)

    def fail(*_, **__):
        raise ZeroDivisionError

    broken.publish = broken.stumbled = fail
    for each in (broken, other):
        publisher.add(each, None)
        each.watch()
    wait_for(lambda: other.shown)
    other.value = 1
    wait_for(lambda: other.shown[-1] == 1)


def test_the_thread_ends_with_the_last_view_broken_or_not(publisher):
    views = [Fake(publisher) for _ in range(3)]

    def fail(**_):
        raise ZeroDivisionError

    views[0].publish = fail
    for view in views:
        publisher.add(view, None)
        view.watch()
    wait_for(lambda: views[0].failures)
    for view in views:
        assert len(publishers()) == 1
        publisher.remove(view)
    assert not publishers()
    publisher.remove(views[0])
    publisher.add(views[1], None)
    assert len(publishers()) == 1


def test_a_view_is_not_removed_in_the_middle_of_a_frame(publisher, view):
    publisher.add(Fake(publisher), None)
    inside, go_on, order = threading.Event(), threading.Event(), []

    def slow():
        inside.set()
        go_on.wait(5)
        order.append("frame")

    view.at_publish = slow
    view.watch()
    view.value = 1
    assert inside.wait(5)
    remover = threading.Thread(target=lambda: (view.publisher.remove(view), order.append("gone")))
    remover.start()
    time.sleep(0.1)
    go_on.set()
    remover.join(5)
    assert order == ["frame", "gone"]


def test_a_view_may_be_removed_while_it_publishes_itself(view):
    view.at_publish = lambda: view.publisher.remove(view)
    view.watch()
    view.value = 1
    wait_for(lambda: not publishers())
    assert view.failures == []


def test_there_is_one_thread_whoever_comes_and_goes(publisher):
    most = []
    stop = threading.Event()

    def come_and_go():
        while not stop.is_set():
            view = Fake(publisher)
            publisher.add(view, None)
            view.watch()
            most.append(len(publishers()))
            publisher.remove(view)

    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join(10)
    assert max(most) == 1
    assert len(most) > 20


def test_a_frame_that_raised_on_the_way_is_not_counted_as_drawn(view):
    with suppress(ZeroDivisionError):
        view.audience.sending(2)
        raise ZeroDivisionError
    assert not view.audience.caught_up


def test_a_cell_that_executes_makes_the_front_end_deaf(view):
    view.publisher.deaf = lambda: True
    view.audience.display()
    view.value = 1
    view.publisher.wake()
    wait_for(lambda: view.shown == [1])


def test_the_cost_of_publishing_is_told(view):
    def work():
        end = time.thread_time() + 0.05
        while time.thread_time() < end:
            pass

    view.at_publish = work
    view.watch()
    view.value = 1
    wait_for(lambda: view.cost >= 0.05)
