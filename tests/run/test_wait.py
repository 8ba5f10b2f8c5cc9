"""Interrupts while something is waited for, and what `wait` raises."""

from __future__ import annotations

import threading
from time import sleep
from typing import Any

import pytest

import torchloupe as tl
from tests.run.patience import SOON, interrupt_when


class TestInterrupt:
    @pytest.mark.parametrize("nested", [False, True])
    def test_while_paused(self, nested: bool) -> None:
        run = tl.Run()
        run.pause()
        thread = interrupt_when(run, "paused")
        with pytest.raises(KeyboardInterrupt):
            if nested:
                for _ in run.epochs(2):
                    list(run.track(range(3)))
            else:
                list(run.track(range(3)))
        thread.join()
        assert run.state == "stopped"
        assert list(run.track(range(3))) == [0, 1, 2]
        assert run.state == "finished"

    def test_in_the_body(self) -> None:
        run = tl.Run()
        thread = interrupt_when(run, "running")
        with pytest.raises(KeyboardInterrupt), run:
            for _ in run.track(range(1000)):
                sleep(0.01)
        thread.join()
        assert run.state == "stopped"

    def test_in_wait(self) -> None:
        def fn(run: tl.Run) -> None:
            for _ in run.track(range(10**9)):
                sleep(0.001)

        run = tl.Run().start(fn)
        thread = interrupt_when(run, "running")
        with pytest.raises(KeyboardInterrupt):
            run.wait()
        thread.join()
        assert run.state == "stopped"
        run.wait()

    def test_in_a_probe(self) -> None:
        run = tl.Run()
        run.probe(lambda: sleep(10), name="slow")
        thread = interrupt_when(run, "running")
        with pytest.raises(KeyboardInterrupt):
            list(run.track(range(3)))
        thread.join()
        assert (run.state, run.problems) == ("stopped", [])

    def test_while_asking(self) -> None:
        """The question is withdrawn: nobody would have the answer."""
        held, ran = threading.Event(), []

        def fn(run: tl.Run) -> None:
            for _ in run.track(range(2)):
                held.wait(SOON)

        run = tl.Run().start(fn)
        thread = interrupt_when(run, "running")
        with pytest.raises(KeyboardInterrupt):
            run.ask(lambda: ran.append(1), timeout=None)
        thread.join()
        held.set()
        run.wait(SOON)
        assert ran == []


class TestWait:
    def test_raises_what_the_function_raised(self) -> None:
        def fn(run: tl.Run) -> None:
            raise ValueError("not my day")

        run = tl.Run().start(fn)
        for _ in range(2):
            with pytest.raises(ValueError, match="not my day"):
                run.wait(SOON)
        assert run.state == "failed"
        assert run.problems == ["training: ValueError: not my day"]
        run.close()

    def test_times_out(self) -> None:
        gate = threading.Event()
        run = tl.Run().start(lambda run: gate.wait(SOON))
        with pytest.raises(TimeoutError, match="is still running at step 0 after 0.01 s"):
            run.wait(0.01)
        gate.set()
        run.close()

    def test_inside_its_own_function(self) -> None:
        errors: list[str] = []

        def fn(run: tl.Run) -> None:
            try:
                run.wait()
            except RuntimeError as error:
                errors.append(str(error))

        tl.Run().start(fn).wait(SOON)
        assert errors == ["wait: called by the very function that it would wait for"]

    def test_without_start(self) -> None:
        tl.Run().wait()

    @pytest.mark.parametrize("timeout", [-1, float("nan"), "soon", True])
    def test_bad_timeout(self, timeout: Any) -> None:
        with pytest.raises((TypeError, ValueError), match="timeout: expected"):
            tl.Run().wait(timeout)
        with pytest.raises((TypeError, ValueError), match="timeout: expected"):
            tl.Run().ask(lambda: 1, timeout)
