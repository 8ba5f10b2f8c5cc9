"""What `start` copies, how a context ends a run, and that closing leaves nothing."""

from __future__ import annotations

import gc
import threading
import weakref
from time import sleep
from typing import Any

import pytest
import torch
from torch import nn

import torchloupe as tl


def modes() -> tuple[Any, ...]:
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_autocast_dtype("cpu"),
        torch.get_default_device(),
        torch.empty(1).device,
    )


@pytest.mark.parametrize(
    "mode",
    [
        lambda: torch.no_grad(),
        lambda: torch.enable_grad(),
        lambda: torch.inference_mode(),
        lambda: torch.autocast("cpu", torch.bfloat16),
        lambda: torch.autocast("cpu", torch.float16, cache_enabled=False),
        lambda: torch.device("meta"),
    ],
)
def test_start_copies_the_callers_modes(mode: Any) -> None:
    seen: list[tuple[Any, ...]] = []
    run = tl.Run()
    with mode():
        expected = (*modes(), torch.is_autocast_cache_enabled())
        run.start(lambda run: seen.append((*modes(), torch.is_autocast_cache_enabled())))
        run.wait(10)
    assert seen == [expected]
    run.close()


def test_start_hands_on_its_arguments() -> None:
    seen: list[Any] = []
    run = tl.Run()
    assert run.start(lambda run, *a, **k: seen.append((run, a, k)), 1, fn=2) is run
    run.wait(10)
    assert seen == [(run, (1,), {"fn": 2})]
    assert run.state == "finished"


def test_start_again_and_while_running() -> None:
    run = tl.Run()
    gate = threading.Event()
    run.start(lambda run: gate.wait(10))
    with pytest.raises(RuntimeError, match="start: this run is already training"):
        run.start(print)
    gate.set()
    run.wait(10)
    run.start(lambda run: list(run.track([1]))).wait(10)
    assert (run.state, run.step) == ("finished", 1)


def test_a_function_that_never_tracks() -> None:
    run = tl.Run().start(lambda run: run.log(x=1))
    run.wait(10)
    assert (run.state, run.latest("x")) == ("finished", (0, 1.0))


def test_loops_and_values_between_them_in_the_background() -> None:
    def fn(run: tl.Run) -> None:
        for _ in run.track(range(3)):
            break
        run.log(between=1)
        for _ in run.epochs(2):
            list(run.track(range(2)))

    run = tl.Run().start(fn)
    run.wait(10)
    assert (run.state, run.step, run.epoch) == ("finished", 5, 2)


class TestContext:
    def test_finished(self) -> None:
        with tl.Run() as run:
            list(run.track(range(2)))
        assert run.state == "finished"

    def test_break_has_its_last_look(self) -> None:
        with tl.Run(budget=None).probe(lambda: 1.0, every=100, name="look") as run:
            for x in run.track(range(9)):
                if x == 4:
                    break
        assert (run.state, run.step) == ("finished", 5)
        assert run.history("look")[0].tolist() == [0, 5]

    def test_failed(self) -> None:
        with pytest.raises(ZeroDivisionError), tl.Run() as run:
            for _ in run.track(range(9)):
                1 / 0  # noqa: B018
        assert run.state == "failed"

    def test_interrupted(self) -> None:
        with pytest.raises(KeyboardInterrupt), tl.Run() as run:
            for _ in run.track(range(9)):
                raise KeyboardInterrupt
        assert run.state == "stopped"

    def test_an_error_after_the_end_changes_nothing(self) -> None:
        with pytest.raises(ZeroDivisionError), tl.Run() as run:
            list(run.track(range(2)))
            1 / 0  # noqa: B018
        assert run.state == "finished"

    def test_it_waits_for_the_background(self) -> None:
        with tl.Run() as run:
            run.start(lambda run: [sleep(0.01) for _ in run.track(range(10))])
        assert (run.state, run.step) == ("finished", 10)

    def test_an_error_stops_the_background(self) -> None:
        with pytest.raises(ZeroDivisionError), tl.Run() as run:
            run.start(lambda run: [sleep(0.01) for _ in run.track(range(10**9))])
            1 / 0  # noqa: B018
        assert run.state == "stopped"

    def test_it_raises_what_the_background_raised(self) -> None:
        with pytest.raises(ZeroDivisionError), tl.Run() as run:
            run.start(lambda run: 1 / 0)
        assert run.state == "failed"

    def test_nothing_begun(self) -> None:
        with tl.Run() as run:
            pass
        assert run.state == "idle"


class TestClose:
    def test_in_the_body_it_ends_the_loop(self) -> None:
        for loop in ("track", "epochs"):
            run, seen = tl.Run(), []
            if loop == "track":
                for x in run.track(range(9)):
                    seen.append(x)
                    run.close()
            else:
                for _ in run.epochs(3):
                    for x in run.track(range(9)):
                        seen.append(x)
                        run.close()
            assert (seen, run.state) == ([0], "stopped")

    def test_from_another_thread(self) -> None:
        run = tl.Run()
        thread = threading.Timer(0.05, run.close)
        thread.start()
        for _ in run.track(range(10**9)):
            sleep(0.001)
        thread.join()
        assert run.state == "stopped"

    def test_from_its_own_background(self) -> None:
        run = tl.Run().start(lambda run: [run.close() for _ in run.track(range(9))])
        end = 1000
        while run.state in ("idle", "running") and end:
            end -= 1
            sleep(0.01)
        assert (run.state, run.step) == ("stopped", 1)

    def test_history_stays(self) -> None:
        run = tl.Run()
        run.log(x=1)
        run.close()
        run.close()
        assert run.latest("x") == (0, 1.0)
        assert "x 1 (step 0, 1 values)" in str(run)

    def test_callbacks(self) -> None:
        run, called = tl.Run(), []
        for callback in (lambda: called.append(1), lambda: 1 / 0, lambda: called.append(2)):
            run.on_close(callback)
        run.close()
        run.on_close(lambda: called.append(3))
        assert called == [1, 2, 3]
        assert run.problems == ["close: ZeroDivisionError: division by zero"]

    @pytest.mark.parametrize("how", ["track", "start", "interrupt", "error"])
    def test_nothing_is_left(self, how: str) -> None:
        threads = threading.active_count()
        references = _used_and_closed(how)
        assert threading.active_count() == threads
        gc.collect()
        assert [reference() for reference in references] == [None, None]


def _used_and_closed(how: str) -> list[Any]:
    """Watch a model in all ways, close the run, and return weak references to both."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    run = tl.Run(budget=None)
    run.probe(tl.Latents(model, torch.ones(3, 2)), every=1)
    run.probe(lambda: model(torch.ones(1, 2)).mean())

    def loop(run: tl.Run) -> None:
        for _ in run.track(range(3)):
            run.post(lambda: model(torch.ones(1, 2)), "view")
            if how == "interrupt":
                raise KeyboardInterrupt
            if how == "error":
                raise ValueError

    if how == "start":
        run.start(loop).wait(10)
    else:
        try:
            loop(run)
        except (KeyboardInterrupt, ValueError):
            pass
    run.ask(lambda: model.training)
    run.close()
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
    return [weakref.ref(run), weakref.ref(model)]


def test_printing_a_run_is_useful() -> None:
    run = tl.Run("digits", budget=None).probe(lambda: torch.ones(3, 2), name="points")
    run.probe(lambda: 1 / 0, name="broken")
    for x in run.track(range(1200)):
        run.log(loss=x / 7)
    assert str(run).splitlines() == [
        "Run('digits'): finished, step 1,200, epoch 1 of 1",
        "  loss 171.3 (step 1,199, 1,200 values)",
        "  points: points of step 1,200",
        "  ! probe 'broken' was switched off: ZeroDivisionError: division by zero",
    ]
    assert repr(run) == "Run('digits')"
