"""Loops that were left, dropped, nested, or begun on another thread."""

from __future__ import annotations

import threading

import pytest
from tqdm import tqdm

import torchloupe as tl


@pytest.mark.parametrize("progress_bar", [False, True])
def test_a_loop_that_was_left_is_superseded(progress_bar: bool) -> None:
    run = tl.Run()
    first = run.track(range(10))
    left = tqdm(first, disable=True) if progress_bar else first
    for _ in left:
        break
    assert run.step == 0
    for x in run.track([1, 2]):
        run.log(x=x)
    assert run.history("x")[0].tolist() == [1, 2]
    assert (run.state, run.step) == ("finished", 3)
    with pytest.raises(RuntimeError, match="superseded"):
        next(first)
    assert run.state == "finished"


def test_a_loop_that_was_left_by_an_exception_is_superseded() -> None:
    run = tl.Run()
    with pytest.raises(ZeroDivisionError) as raised:
        for _ in run.track(range(10)):
            1 / 0  # noqa: B018
    assert list(run.track([1, 2])) == [1, 2]
    assert run.state == "finished"
    del raised


def test_a_loop_that_is_bound_can_go_on() -> None:
    run = tl.Run()
    loop = run.track([1, 2, 3], epochs=2)
    for x in loop:
        if x == 2:
            break
    assert list(loop) == [3, 1, 2, 3]
    assert (run.step, run.epoch, run.state) == (6, 2, "finished")


def test_a_loop_broken_off_ends_at_once() -> None:
    run = tl.Run()
    for _ in run.track(range(10)):
        break
    assert (run.state, run.pending) == ("finished", None)
    for _ in run.track(range(10)):
        run.stop()
        if run.pending == "stop":
            break
    assert run.state == "stopped"


def test_a_nested_loop_is_refused() -> None:
    run = tl.Run()
    for _ in run.track([1]):
        with pytest.raises(RuntimeError, match="a second loop inside a loop"):
            run.track([2])
        with pytest.raises(RuntimeError, match="a second loop inside a loop"):
            run.epochs(1)

        def deeper() -> None:
            with pytest.raises(RuntimeError, match="a second loop inside a loop"):
                run.track([2])

        deeper()
    for _ in run.epochs(1):
        with pytest.raises(RuntimeError, match="a second loop inside a loop"):
            run.epochs(1)
        for _ in run.track([1]):
            with pytest.raises(RuntimeError, match="a second loop inside a loop"):
                run.track([1])
        with pytest.raises(ValueError, match="epochs: a track inside run.epochs is one epoch"):
            run.track([1], epochs=2)
    assert run.state == "finished"


def test_nested_progress_bars_share_the_run() -> None:
    run = tl.Run()
    for _ in tqdm(run.epochs(2), disable=True):
        for _ in tqdm(run.track([1, 2]), disable=True):
            pass
    assert (run.step, run.epoch, run.state) == (4, 2, "finished")


def test_another_thread_is_refused() -> None:
    run = tl.Run()
    errors: list[BaseException] = []

    def other() -> None:
        for begin in (
            lambda: list(run.track([1])),
            lambda: run.start(print),
            lambda: run.epochs(1),
        ):
            try:
                begin()
            except RuntimeError as error:
                errors.append(error)

    for _ in run.track([1]):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(errors) == 3
    assert all("already training" in str(error) for error in errors)
    assert (run.state, run.step) == ("finished", 1)


def test_a_thread_that_died_in_its_loop_blocks_nobody() -> None:
    run, held = tl.Run(), []

    def work() -> None:
        loop = run.track(range(5))
        held.append(loop)
        next(loop)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert list(run.track([1])) == [1]
    assert run.state == "finished"
    assert run.ask(lambda: 5) == 5
