"""What `track`, `epochs` and `tick` count, yield and refuse."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, TensorDataset
from tqdm import tqdm

import torchloupe as tl


class Counting:
    """A loader that knows how many items were asked of it."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items
        self.fetched = 0

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Any]:
        for item in self.items:
            self.fetched += 1
            yield item


class Stream(IterableDataset[int]):
    def __iter__(self) -> Iterator[int]:
        return iter(range(5))


def test_items_come_untouched_and_none_is_fetched_ahead() -> None:
    items: list[Any] = [object(), {"x": torch.ones(2)}, None, (1, 2)]
    loader, run = Counting(items), tl.Run()
    seen = []
    for item in run.track(loader, epochs=2):
        seen.append(item)
        assert loader.fetched == len(seen)
        assert run.step == len(seen) - 1
    assert len(seen) == 8
    assert all(one is other for one, other in zip(seen, items * 2, strict=True))
    assert (run.step, run.epoch, run.state) == (8, 2, "finished")


@pytest.mark.parametrize(
    ("loader", "count"),
    [
        ([], 0),
        ((x for x in ()), 0),
        ((x * x for x in range(3)), 3),
        (range(4), 4),
        ({"a": 1, "b": 2}, 2),
        (iter([1, 2]), 2),
        (DataLoader(Stream(), batch_size=2), 3),
        (DataLoader(TensorDataset(torch.ones(7, 2)), batch_size=3), 3),
    ],
)
def test_any_iterable(loader: Any, count: int) -> None:
    run = tl.Run()
    assert sum(1 for _ in run.track(loader)) == count
    assert (run.step, run.epoch, run.state) == (count, 1, "finished")
    assert run.status.fraction == 1.0


def test_an_object_with_only_getitem_is_iterable() -> None:
    class Old:
        def __getitem__(self, index: int) -> int:
            return [1, 2, 3][index]

    assert list(tl.Run().track(Old())) == [1, 2, 3]


def test_length_known_and_unknown() -> None:
    run = tl.Run()
    assert len(run.track([1, 2, 3], epochs=4)) == 12
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stream = DataLoader(Stream())
        with pytest.raises(TypeError, match="loader: DataLoader has no length"):
            len(run.track(stream))
        assert len(list(run.track(stream))) == 5
        assert run.status.fraction == 1.0
    for epoch in run.epochs(2):
        assert len(run.track([1, 2])) == 2
        assert run.epoch == epoch
    assert len(run.epochs(3)) == 3


def test_progress_of_a_known_length() -> None:
    run = tl.Run()
    fractions = [run.status.fraction for _ in run.track([1, 2], epochs=2)]
    assert fractions == [0.0, 0.25, 0.5, 0.75]
    assert run.status.epochs == 2
    for _ in run.track(iter([1, 2])):
        assert run.status.fraction is None
        assert run.status.seconds_left is None


def test_zero_epochs() -> None:
    run = tl.Run()
    assert list(run.track([1], epochs=0)) == []
    assert list(run.epochs(0)) == []
    assert (run.state, run.step, run.epoch) == ("finished", 0, 0)


def test_going_on_after_an_end() -> None:
    run = tl.Run(start_step=100)
    list(run.track([1, 2], epochs=2))
    states = [run.state for _ in run.track([1, 2, 3])]
    assert states == ["running"] * 3
    assert (run.step, run.epoch, run.state) == (107, 3, "finished")
    assert [run.epoch for _ in run.epochs(2)] == [3, 4]
    assert run.epoch == 5


def test_the_users_own_epoch_loop_around_track() -> None:
    run = tl.Run()
    for epoch in range(3):
        for x in run.track([1, 2]):
            run.log(x=x)
        assert run.epoch == epoch + 1
    assert run.history("x")[0].tolist() == [0, 1, 2, 3, 4, 5]


def test_epochs_leave_room_for_anything() -> None:
    run, seen = tl.Run(), []
    for epoch in run.epochs(2):
        for x in run.track([1, 2]):
            seen.append((epoch, x, run.step))
        assert run.epoch == epoch
        run.log({"val/loss": epoch})
    assert seen == [(0, 1, 0), (0, 2, 1), (1, 1, 2), (1, 2, 3)]
    assert run.history("val/loss")[0].tolist() == [2, 4]
    assert (run.step, run.epoch, run.state) == (4, 2, "finished")


def test_break_in_the_inner_loop_counts_its_batch() -> None:
    run = tl.Run()
    for _ in run.epochs(2):
        for x in run.track([1, 2, 3]):
            if x == 2:
                break
    assert (run.step, run.epoch, run.state) == (4, 2, "finished")


def test_two_tracks_in_one_epoch() -> None:
    run = tl.Run()
    for _ in run.epochs(2):
        assert list(run.track([1, 2])) == [1, 2]
        assert list(run.track([3])) == [3]
    assert (run.step, run.epoch) == (6, 2)


def test_several_values_at_one_step_are_kept_in_order() -> None:
    run = tl.Run()
    parameter = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.LBFGS([parameter], max_iter=4)
    losses = []

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (parameter**4).sum()
        loss.backward()
        run.log(loss=loss)
        losses.append(loss.item())
        return loss

    for _ in run.track(range(2)):
        optimizer.step(closure)
    steps, values = run.history("loss")
    assert values.tolist() == losses
    assert len(losses) > 4
    assert set(steps.tolist()) == {0, 1}
    assert steps.tolist() == sorted(steps.tolist())


@pytest.mark.parametrize("nested", [False, True])
def test_an_error_of_the_loader_is_the_users(nested: bool) -> None:
    def loader() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    run = tl.Run()
    with pytest.raises(OSError, match="the disk is gone"):
        if nested:
            for _ in run.epochs(2):
                list(run.track(loader()))
        else:
            list(run.track(loader()))
    assert (run.state, run.step) == ("failed", 1)
    assert list(run.track([1])) == [1]
    assert (run.state, run.step) == ("finished", 2)


def test_an_error_that_the_user_handles_ends_nothing() -> None:
    """Seen to fail when an inner loader's error ended the outer loop."""

    def loader(epoch: int) -> Iterator[int]:
        yield 1
        if epoch == 1:
            raise OSError("once")

    run, handled = tl.Run(), 0
    for epoch in run.epochs(4):
        try:
            for _ in run.track(loader(epoch)):
                pass
        except OSError:
            handled += 1
            assert list(run.track([7])) == [7]
    assert handled == 1
    assert (run.epoch, run.step, run.state) == (4, 5, "finished")


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
