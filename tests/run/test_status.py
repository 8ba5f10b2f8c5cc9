"""Where a run is, written down and read back."""

from __future__ import annotations

import math
from typing import Any

import pytest

import torchloupe as tl
from torchloupe.run._status import Status


def test_there_and_back() -> None:
    run = tl.Run("x")
    for _ in run.track(range(3), epochs=2):
        run.report("a", "b")
    status = run.status
    assert Status.from_dict(status.to_dict()) == status
    assert status.step == 6


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "dancing"),
        ("state", ["running"]),
        ("pending", "resume"),
        ("step", -1),
        ("step", "7"),
        ("step", True),
        ("step", 2**60),
        ("epochs", 1.5),
        ("rate", "fast"),
        ("cost", [1]),
        ("problems", "one"),
        ("stale", 3),
        ("unknown", 3),
    ],
)
def test_what_a_stranger_wrote_is_left_out(name: str, value: Any) -> None:
    assert Status.from_dict({name: value}) == Status()


def test_numbers_may_be_anything_a_float_is() -> None:
    assert math.isnan(Status.from_dict({"rate": math.nan}).rate or 0.0)
    assert Status.from_dict({"problems": ["a", 1]}).problems == ("a", "1")
