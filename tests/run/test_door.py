"""What a run refuses: each error names the argument, its value, and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

import torchloupe as tl

GOOD: list[tuple[Any, float]] = [
    (1, 1.0),
    (2.5, 2.5),
    (True, 1.0),
    (Fraction(1, 4), 0.25),
    (np.float32(0.5), 0.5),
    (np.int64(3), 3.0),
    (np.bool_(1), 1.0),
    (np.array(4), 4.0),
    (np.array([5.0]), 5.0),
    (torch.tensor(6), 6.0),
    (torch.tensor([7.0]), 7.0),
    (torch.tensor(True), 1.0),
    (torch.tensor(0.5, dtype=torch.bfloat16, requires_grad=True), 0.5),
    (torch.tensor(float("inf")), float("inf")),
]


@pytest.mark.parametrize(("value", "expected"), GOOD, ids=str)
def test_what_can_be_logged(value: Any, expected: float) -> None:
    """Seen to fail for tensors of ints: they were taken for an accelerator's."""
    run = tl.Run()
    run.log(x=value)
    assert run.latest("x") == (0, expected)


BAD: list[tuple[Callable[[tl.Run], Any], str]] = [
    (lambda run: run.log(x="text"), "x: expected one real number, got str"),
    (lambda run: run.log(x=None), "x: expected one real number, got NoneType"),
    (lambda run: run.log(x=[1]), "x: expected one real number, got list"),
    (lambda run: run.log(x=1j), "x: expected one real number, got complex"),
    (lambda run: run.log(x=10**400), "x: .* does not fit into a float"),
    (lambda run: run.log(x=torch.ones(2)), r"x: expected one number, got a tensor of shape \[2\]"),
    (lambda run: run.log(x=torch.ones(0)), r"x: .* shape \[0\]"),
    (lambda run: run.log(x=torch.tensor(1j)), "x: expected one real number, .*complex64"),
    (lambda run: run.log(x=torch.ones((), device="meta")), "x: .* device meta"),
    (lambda run: run.log(x=torch.ones(1).to_sparse()), "x: .* layout torch.sparse_coo"),
    (lambda run: run.log(x=np.ones(3)), r"x: .* ndarray of shape \[3\]"),
    (lambda run: run.log(x=np.array("a")), "x: expected one real number"),
    (lambda run: run.log({"n" * 10_000: 1}), "name: expected at most 200 characters, got 10000"),
    (lambda run: run.log({"": 1}), "name: expected some text, got ''"),
    (lambda run: run.log({5: 1}), "name: expected a string, got int"),  # type: ignore[dict-item]
    (lambda run: run.log({"x": 1}, x=2), "values: 'x' is given twice"),
    (lambda run: run.log(5), "values: expected a mapping of names, got int"),
    (lambda run: run.log(x=1, step=-1), "step: expected 0 <= step"),
    (lambda run: run.log(x=1, step=1.5), "step: expected an int, got float"),
    (lambda run: run.log_images("x", torch.ones(2, 5, 4, 4)), "images has shape"),
    (lambda run: run.log_images("x", torch.ones(2, 4, 4), labels=[1]), "labels has 1 labels"),
    (lambda run: run.log_images("n" * 300, torch.ones(2, 4, 4)), "name: expected at most 200"),
    (lambda run: run.log_points("x", torch.ones(3)), r"points: expected shape \[N, D\], got \[3\]"),
    (lambda run: run.log_points("x", torch.ones(3, 2), labels=[1]), "labels has 1 labels"),
    (lambda run: run.log_histogram("x", "text"), "values of dtype <U4 holds text"),
    (lambda run: run.track(5), "loader: expected an iterable, got int"),
    (lambda run: run.track(iter([1]), epochs=2), "epochs: 2 passes need a loader that can be"),
    (lambda run: run.track([1], epochs=-1), "epochs: expected at least 0, got -1"),
    (lambda run: run.track([1], epochs=1.5), "epochs: expected an int, got float"),
    (lambda run: run.track([1], epochs=True), "epochs: expected an int, got bool"),
    (lambda run: run.epochs("ten"), "epochs: expected an int, got str"),
    (lambda run: run.start(5), "fn: expected a function, got int"),
    (lambda run: tl.Run(5), "name: expected a string, got int"),
    (lambda run: tl.Run("n" * 10_000), "name: expected at most 200 characters, got 10000"),
    (lambda run: tl.Run(start_step=-1), "start_step: expected 0 <= step"),
    (lambda run: tl.Run(start_step=1.5), "start_step: expected an int, got float"),
    (lambda run: tl.Run(dir="runs\0"), "dir: a path holds no NUL"),
    (lambda run: setattr(run, "selection", [2**63]), r"selection: expected indices below 2\*\*63"),
    (lambda run: tl.Run(budget=0), "budget: expected 0 < budget <= 1 or None, got 0"),
]


@pytest.mark.parametrize(("misuse", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_input(misuse: Callable[[tl.Run], Any], message: str) -> None:
    run = tl.Run()
    with pytest.raises((TypeError, ValueError), match=message):
        misuse(run)
    assert dict(run.scalars) == {}
    assert dict(run.channels) == {}
    assert run.state == "idle"


def test_a_bad_value_logs_nothing_of_its_call() -> None:
    run = tl.Run()
    with pytest.raises(TypeError, match="second: expected"):
        run.log(first=1, second="text")
    assert dict(run.scalars) == {}


@pytest.mark.parametrize("verb", ["track", "epochs", "start", "probe"])
def test_a_closed_run_refuses(verb: str) -> None:
    run = tl.Run("mine")
    run.close()
    argument: Any = {"track": [1], "epochs": 2}.get(verb, len)
    with pytest.raises(RuntimeError, match=rf"{verb}: Run\('mine'\) is closed"):
        getattr(run, verb)(argument)


def test_too_many_names_take_no_place() -> None:
    """Seen to fail when they did: nothing that had a new name could be logged any more."""
    run = tl.Run(budget=None)
    run.probe(lambda: {f"{place}": 0.0 for place in range(5_000)}, every=1, name="many")
    for _ in run.track(range(2)):
        with pytest.raises(ValueError, match="name: 'x4096' would be scalar number 4097"):
            run.log({f"x{place}": 0.0 for place in range(5_000)})
    assert "switched off" in " ".join(run.problems)
    run.log(loss=1.0)
    assert list(run.scalars) == ["loss"]
    run.close()
