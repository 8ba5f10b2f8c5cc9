"""What `track` and `epochs` count, yield and refuse."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

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
