"""Pause, advance, resume and stop from another thread, in every form of a loop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

import pytest

import torchloupe as tl
from tests.run.patience import SOON, until

MODES = ["track", "epochs", "tick", "start"]


class Training:
    """A loop in one of four forms, on a thread of its own, that counts its bodies."""

    def __init__(self, mode: str) -> None:
        self.run = tl.Run()
        self.bodies = 0
        self.gate = threading.Semaphore(10**9)
        self._mode = mode
        self._thread = threading.Thread(target=self.loop)

    def body(self, run: tl.Run) -> None:
        self.gate.acquire()
        self.bodies += 1
        run.log(body=self.bodies)
        sleep(0.0005)

    def loop(self) -> None:
        run = self.run
        if self._mode == "start":
            run.start(self.tracked).wait()
        elif self._mode == "track":
            self.tracked(run)
        elif self._mode == "epochs":
            for _ in run.epochs(10**6):
                for _ in run.track(range(7)):
                    self.body(run)
        else:
            while run.tick():
                self.body(run)

    def tracked(self, run: tl.Run) -> None:
        for _ in run.track(range(7), epochs=10**6):
            self.body(run)

    def begin(self) -> None:
        self._thread.start()
        until(lambda: self.run.state != "idle")

    def end(self) -> None:
        if self.run.state in ("running", "paused"):
            self.run.stop()
        self._thread.join(SOON)
        assert not self._thread.is_alive()


@contextmanager
def training(mode: str) -> Iterator[Training]:
    one = Training(mode)
    one.begin()
    try:
        yield one
    finally:
        one.end()
        one.run.close()


@pytest.mark.parametrize("mode", MODES)
def test_exact_steps(mode: str) -> None:
    with training(mode) as one:
        run = one.run
        until(lambda: run.step > 5)
        run.pause()
        until(lambda: run.state == "paused")
        step, bodies = run.step, one.bodies
        sleep(0.03)
        assert (run.step, one.bodies) == (step, bodies)
        for advanced in (1, 3):
            run.advance(advanced)
            until(lambda: run.state == "paused")
            step, bodies = step + advanced, bodies + advanced
            assert (run.step, one.bodies, run.pending) == (step, bodies, None)
        run.resume()
        until(lambda: run.step > step + 3)
        assert run.state == "running"
        run.stop()
        until(lambda: run.state == "stopped")
        assert abs(run.step - one.bodies) <= 1
        assert len(run.history("body")[0]) == one.bodies


@pytest.mark.parametrize("mode", MODES)
def test_stop_during_a_pause(mode: str) -> None:
    with training(mode) as one:
        one.run.pause()
        until(lambda: one.run.state == "paused")
        step = one.run.step
        one.run.stop()
        until(lambda: one.run.state == "stopped")
        assert one.run.step == step


def test_pause_within_a_long_advance() -> None:
    """Seen to fail when the pause waited until all steps were made."""
    with training("track") as one:
        one.run.pause()
        until(lambda: one.run.state == "paused")
        one.run.advance(10**6)
        until(lambda: one.run.state == "running")
        one.run.pause()
        until(lambda: one.run.state == "paused")


def test_advance_before_the_pause_took_effect() -> None:
    """A click on pause and one on step, in one step: freezes one after where pause alone would."""
    with training("track") as one:
        one.gate = threading.Semaphore(0)
        sleep(0.02)
        step = one.run.step
        one.run.pause()
        one.run.advance()
        one.gate.release(10**6)
        until(lambda: one.run.state == "paused")
        assert one.run.step == step + 2


def test_two_clicks_on_step_are_two_steps() -> None:
    with training("track") as one:
        one.run.pause()
        until(lambda: one.run.state == "paused")
        step, one.gate = one.run.step, threading.Semaphore(0)
        one.run.advance()
        one.run.advance()
        one.gate.release(10**6)
        until(lambda: one.run.state == "paused")
        assert one.run.step == step + 2


def test_stop_wins_over_advance_and_resume() -> None:
    """Seen to fail when `advance` forgot the stop."""
    for verb in ("advance", "resume", "pause"):
        with training("track") as one:
            one.run.pause()
            until(lambda run=one.run: run.state == "paused")
            one.run.stop()
            try:
                getattr(one.run, verb)()
            except RuntimeError:
                assert one.run.state == "stopped"
            until(lambda run=one.run: run.state == "stopped")


def test_start_paused() -> None:
    run = tl.Run()
    run.pause()
    assert (run.state, run.pending) == ("idle", "pause")
    bodies: list[int] = []
    run.start(lambda run: bodies.extend(run.track(range(5))))
    until(lambda: run.state == "paused")
    assert (run.step, bodies) == (0, [])
    run.advance(2)
    until(lambda: run.state == "paused" and run.step == 2)
    run.resume()
    run.wait(SOON)
    assert (run.state, run.step) == ("finished", 5)
    run.close()


def test_advance_while_idle_and_paused() -> None:
    run = tl.Run()
    run.pause()
    run.advance(2)
    run.start(lambda run: list(run.track(range(5))))
    until(lambda: run.state == "paused")
    assert run.step == 2
    run.close()


def test_a_stop_is_not_forgotten_by_the_next_loop() -> None:
    def two_loops(run: tl.Run) -> None:
        for _ in run.track(range(5)):
            run.stop()
        seen.extend(run.track(range(5)))

    seen: list[int] = []
    run = tl.Run().start(two_loops)
    run.wait(SOON)
    assert (run.state, run.step, seen) == ("stopped", 1, [])


def test_stop_does_not_count_a_part_of_an_epoch() -> None:
    for nested in (False, True):
        run = tl.Run()
        for _ in run.epochs(3) if nested else [0]:
            for x in run.track(range(4)) if nested else run.track(range(4), epochs=3):
                if run.step == 5 and x == 1:
                    run.stop()
        assert (run.state, run.step, run.epoch) == ("stopped", 6, 1)


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_what_an_ended_run_refuses(state: str) -> None:
    run = tl.Run("mine")

    def fn(run: tl.Run) -> None:
        for _ in run.track([1]):
            if state == "stopped":
                run.stop()
            if state == "failed":
                raise ValueError("oh")

    run.start(fn)
    until(lambda: run.state == state)
    for verb in (run.pause, run.resume, run.advance):
        with pytest.raises(RuntimeError, match=f"run 'mine' is {state}"):
            verb()
    run.stop()
    assert run.state == state
    run.close()


def test_misuse_names_what_is_wrong() -> None:
    run = tl.Run("mine")
    with pytest.raises(RuntimeError, match="stop: run 'mine' is idle"):
        run.stop()
    with pytest.raises(RuntimeError, match="advance: run 'mine' is idle; expected a paused run"):
        run.advance()
    with pytest.raises(TypeError, match="steps: expected an int, got float"):
        run.advance(1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="steps: expected at least 1, got 0"):
        run.advance(0)


def test_hammering_never_deadlocks() -> None:
    """Four threads press every button and ask, as fast as they can, while it trains."""
    with training("start") as one:
        run, answers = one.run, []
        ends = monotonic() + 1.5

        def press(verbs: list[Callable[[], Any]]) -> None:
            while monotonic() < ends:
                for verb in verbs:
                    try:
                        verb()
                    except RuntimeError:
                        pass

        def ask() -> None:
            answers.append(run.ask(lambda: run.step, timeout=SOON))

        threads = [
            threading.Thread(target=press, args=(verbs,))
            for verbs in (
                [run.pause, run.resume],
                [run.pause, run.advance, lambda: run.advance(3), run.resume],
                [ask, lambda: run.post(lambda: run.pause(), "view"), run.resume],
                [ask, lambda: str(run), lambda: run.status, run.resume],
            )
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(3 * SOON)
            assert not thread.is_alive()
        assert answers
        step = run.step

        def goes_on() -> bool:
            run.resume()  # each time: a click on pause may still have been waiting
            return run.step > step

        until(goes_on)
