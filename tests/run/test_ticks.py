"""Loops that call `tick`, and the cadences of probes."""

from __future__ import annotations

import threading

import pytest

import torchloupe as tl


class TestTick:
    def test_counts_steps_and_epochs(self) -> None:
        run = tl.Run()
        for epoch in range(2):
            for _ in range(3):
                run.log(x=1)
                assert run.tick(epoch=epoch)
        assert (run.step, run.epoch, run.state) == (6, 1, "running")
        assert run.history("x")[0].tolist() == [0, 1, 2, 3, 4, 5]

    def test_stop_ends_it_for_good(self) -> None:
        run = tl.Run()
        run.tick()
        run.stop()
        assert [run.tick() for _ in range(3)] == [False, False, False]
        assert (run.state, run.step) == ("stopped", 2)

    def test_never_raises(self) -> None:
        run = tl.Run()
        assert run.tick(epoch="one")  # type: ignore[arg-type]
        assert run.step == 1
        assert any("epoch: expected an int" in problem for problem in run.problems)
        run.close()
        assert not run.tick()

    def test_inside_a_tracked_loop_it_counts_nothing(self) -> None:
        run = tl.Run()
        for _ in run.track([1, 2]):
            assert run.tick()
        assert run.step == 2
        assert any("inside a tracked loop" in problem for problem in run.problems)

    def test_on_another_thread_it_counts_nothing(self) -> None:
        run = tl.Run()
        for _ in run.track([1, 2]):
            thread = threading.Thread(target=run.tick)
            thread.start()
            thread.join()
        assert run.step == 2
        assert any("another thread" in problem for problem in run.problems)

    def test_inside_epochs_without_track(self) -> None:
        run = tl.Run()
        for _ in run.epochs(2):
            for _ in range(3):
                assert run.tick()
        assert (run.step, run.epoch, run.state) == (6, 2, "finished")
        assert run.problems == []

    def test_after_a_track_that_was_left(self) -> None:
        run = tl.Run()
        loop = run.track(range(5))
        for _ in loop:
            break
        assert run.tick()
        assert run.step == 2
        assert run.problems == []

    def test_changed_epochs_are_epoch_boundaries(self) -> None:
        run = tl.Run(budget=None)
        run.probe(lambda: 1.0, every="epoch", name="look")
        for epoch in range(3):
            for _ in range(4):
                run.tick(epoch)
        assert run.history("look")[0].tolist() == [1, 5, 9]


def test_epoch_probes_without_epochs_look_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torchloupe.run._schedule._SECONDS_WITHOUT_EPOCHS", 0.0)
    run = tl.Run(budget=None)
    run.probe(lambda: 1.0, name="look")
    list(run.track(iter(range(4))))
    assert run.history("look")[0].tolist() == [0, 1, 2, 3, 4]


def test_cadences() -> None:
    run = tl.Run(budget=None)
    run.probe(lambda: 1.0, every="epoch", name="epoch")
    run.probe(lambda: 1.0, every=3, name="three")
    run.probe(lambda: 1.0, every=0.0, name="always")
    run.probe(lambda: 1.0, every=3600.0, name="hourly")
    list(run.track(range(4), epochs=2))
    steps = {name: run.history(name)[0].tolist() for name in run.scalars}
    assert steps["epoch"] == [0, 4, 8]
    assert steps["three"] == [0, 3, 6, 8]
    assert steps["always"] == list(range(9))
    assert steps["hourly"] == [0, 8]


def test_a_probe_that_fills_nothing_keeps_its_cadence() -> None:
    """Seen to fail when a None counted as no evaluation: it was called at every step."""
    run, calls = tl.Run(budget=None), []
    run.probe(lambda: calls.append(run.step), every="epoch", name="quiet")
    list(run.track(range(5), epochs=2))
    assert calls == [0, 5, 10]
