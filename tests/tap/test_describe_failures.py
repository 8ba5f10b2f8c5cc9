"""What a failing forward tells: the innermost module, what it was given, and why."""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import torchloupe as tl
from torchloupe.tap import graph_of

FLOAT, WHOLE = torch.float32, torch.int64


@pytest.mark.parametrize(
    ("layer", "shape", "dtype", "told"),
    [
        (
            nn.Linear(784, 128),
            (32, 1, 28, 28),
            FLOAT,
            "Linear(784 → 128) was given [32, 1, 28, 28], whose last dimension is 28; it expects "
            "784. Flattened to [32, 784] it would fit: nn.Flatten()",
        ),
        (
            nn.Linear(3, 2),
            (4, 5),
            FLOAT,
            "Linear(3 → 2) was given [4, 5], whose last dimension is 5; it expects 3",
        ),
        (nn.Linear(3, 2), (4, 3), WHOLE, "given [4, 3] of int64; its weights are float32"),
        (
            nn.Conv2d(3, 8, 3),
            (2, 1, 9, 9),
            FLOAT,
            "Conv2d(3 → 8, 3×3) was given [2, 1, 9, 9], whose dimension 1 (channels) is 1; "
            "it expects 3",
        ),
        (
            nn.Conv2d(3, 8, 3),
            (2, 9, 9, 3),
            FLOAT,
            "Its last dimension is 3: are the channels there",
        ),
        (
            nn.Conv2d(3, 8, 3),
            (2, 27),
            FLOAT,
            "which has 2 dimensions; it expects 4: [N, C, H, W]",
        ),
        (nn.Conv2d(3, 8, 3), (2, 9, 9), FLOAT, "whose dimension 0 (channels) is 2; it expects 3"),
        (nn.Conv2d(3, 8, 5), (1, 3, 2, 2), FLOAT, "Kernel size can't be greater"),
        (nn.BatchNorm2d(4), (2, 3, 5, 5), FLOAT, "whose dimension 1 (channels) is 3; it expects 4"),
        (nn.BatchNorm2d(4), (2, 4), FLOAT, "which has 2 dimensions; it expects 4"),
        (nn.LayerNorm(6), (2, 5), FLOAT, "given [2, 5], which does not end in [6]"),
        (nn.Embedding(9, 2), (2, 5), FLOAT, "of float32; it expects indices of int64 or int32"),
        (nn.LSTM(4, 5), (2, 3, 6), FLOAT, "whose last dimension is 6; it expects 4"),
        (nn.Linear(3, 2).half(), (4, 3), FLOAT, "of float32; its weights are float16"),
    ],
)
def test_what_was_given_and_what_is_expected(
    layer: nn.Module, shape: tuple[int, ...], dtype: torch.dtype, told: str
) -> None:
    inputs = torch.zeros(shape, dtype=dtype)
    found = tl.describe(nn.Sequential(nn.Identity(), layer), inputs)
    node = found.root.children[1]
    assert told in (node.failed or "")
    for advice in ("Flattened", "Its last dimension is"):
        assert (advice in (node.failed or "")) == (advice in told)
    assert node.input_shapes == (shape,)
    assert node.input_dtypes == (str(dtype).removeprefix("torch."),)
    assert found.root.children[0].output_shapes == (shape,)
    assert found.failure == f"Shapes end at 1: {node.failed}"
    with pytest.raises((RuntimeError, ValueError, IndexError)):  # it is true
        nn.Sequential(nn.Identity(), layer)(inputs)


@pytest.mark.parametrize("layer", [nn.Conv2d(1, 2, 3), nn.Linear(3, 3), nn.ReLU()])
def test_what_is_no_tensor_is_told(layer: nn.Module) -> None:
    """A shape, an array, a batch. Seen to fail without the look at torch's words."""
    model = nn.Sequential(layer)
    batch = [torch.zeros(2, 1, 8, 8), torch.zeros(2)]
    for given in ((1, 1, 8, 8), np.zeros((1, 1, 8, 8)), batch):
        wanted = f"no tensor, but an object of type {type(given).__name__}; it expects a tensor"
        assert tl.describe(model, given).failure.endswith(wanted)
        assert graph_of(model, given).failure.endswith(wanted)


def test_else_it_is_torchs_own_message() -> None:
    class Adding(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x + torch.zeros(7)

    found = tl.describe(nn.Sequential(Adding()), torch.zeros(2, 3))
    assert found.root.children[0].failed.startswith("RuntimeError: ")
    assert "7" in found.root.children[0].failed


def test_an_error_without_words() -> None:
    """Seen to raise what the error's own text raises."""

    class Wordless(Exception):
        def __str__(self) -> str:
            raise KeyError("none")

    class Raising(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise Wordless

    model = nn.Sequential(nn.ReLU(), Raising())
    assert tl.describe(model, torch.zeros(1)).failure == "Shapes end at 1: Wordless"
    assert graph_of(model, torch.zeros(1)).failure == "The graph ends at 1: Wordless"


def test_in_a_script_it_is_the_operations_error() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is old
        scripted = torch.jit.script(nn.Sequential(nn.Linear(3, 3), nn.ReLU()).eval())
        frozen = torch.jit.freeze(scripted)
    told = tl.describe(nn.Sequential(scripted), torch.zeros(1, 4)).failure
    assert told.startswith("Shapes end at 0: RuntimeError: ")
    assert "[1, 4] X [3, 3]" in told
    assert "[1, 4] X [3, 3]" in graph_of(scripted, torch.zeros(1, 4)).failure
    # Its weights are constants that cannot go to the meta device.
    found = tl.describe(frozen, torch.zeros(1, 3))
    assert (found.failure, found.root.output_shapes, found.flops) == ("", ((1, 3),), 18)
    real = tl.describe(nn.Sequential(Choosing(), scripted), torch.zeros(1, 4), execute=True)
    assert real.failure.startswith("Shapes end at 1: RuntimeError: addmm: mat1")


class Wrapping(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        try:
            return self.inner(x)
        except RuntimeError as error:
            raise ValueError("the inner layer failed") from error


def test_the_innermost_is_marked_though_its_error_was_raised_anew() -> None:
    found = tl.describe(Wrapping(Wrapping(nn.Linear(3, 3))), torch.zeros(1, 4))
    marked = [node.path for _, node in found.root.walk() if node.failed]
    assert marked == ["inner.inner"]


def test_an_error_that_was_caught_is_not_to_blame() -> None:
    class Careful(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wrong = nn.Linear(9, 9)
            self.worse = nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            try:
                x = self.wrong(x)
            except RuntimeError:
                pass
            return self.worse(x)

    found = tl.describe(Careful(), torch.zeros(1, 2))
    assert [node.path for _, node in found.root.walk() if node.failed] == ["worse"]


def test_wrong_arguments() -> None:
    found = tl.describe(nn.Linear(2, 2), torch.zeros(1, 2), torch.zeros(1, 2))
    assert found.failure.startswith("Shapes end at the model: TypeError: ")
    found = tl.describe(nn.Linear(2, 2), scale=3)
    assert "unexpected keyword argument 'scale'" in found.failure


class Choosing(nn.Module):
    """Needs values, changes its parameters and buffers, counts, and draws."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(4)
        self.register_buffer("seen", torch.zeros(()))
        self.calls: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        self.calls.append(len(x))
        self.seen += 1
        with torch.no_grad():
            self.layer.weight += 1
        random.random(), np.random.random(), torch.rand(1)
        x = self.norm(self.layer(x))
        return x[x > -100] * 1.0


def test_data_dependent_code_is_named_and_run_only_when_asked() -> None:
    model = Choosing().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    batch = torch.randn(16, 4)
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    found = tl.describe(model, batch)
    assert "needs the values of a tensor" in found.failure
    assert "execute=True" in found.failure
    assert (found.method, found.root.output_shapes) == ("meta", ())
    assert found.root.children[1].output_shapes == ((16, 4),)
    found = tl.describe(model, batch, execute=True)
    assert (found.method, found.failure) == ("real", "")
    assert (found.root.input_shapes, found.root.output_shapes) == (((1, 4),), ((4,),))
    assert found.flops == 2 * 16
    assert found.root.failed is None
    assert model.calls == []
    assert model.norm.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states[1:]


def test_of_two_traces_the_one_that_got_further_is_told() -> None:
    """Neither ends well: the first stops at the device, the second at the mistake."""

    class Placing(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x + torch.zeros(3, device="cpu")

    class Careless(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.placing = Placing()

        def forward(self, x: Tensor) -> Tensor:
            return self.placing(x) @ torch.zeros(9, 9)

    for model, place in (
        (nn.Sequential(Placing(), nn.Linear(4, 4)), "1"),
        (Careless(), "the model"),
    ):
        found = tl.describe(model, torch.zeros(2, 3))
        assert found.method == "fake"
        assert found.failure.startswith(f"Shapes end at {place}: ")
        assert found.root.children[0].output_shapes == ((2, 3),)


def test_after_a_real_pass_nobody_is_told_to_run_one() -> None:
    class Counting(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.bincount(x.long() - 5)

    found = tl.describe(Counting(), torch.zeros(3), execute=True)
    assert found.method == "real"
    assert "bincount only supports 1-d non-negative" in found.failure


def test_what_was_raised_instead_is_told() -> None:
    class Translating(nn.Module):
        def forward(self, x: Tensor) -> float:
            try:
                return x.item()
            except Exception:
                raise ValueError("one number, please") from None

    found = tl.describe(Translating(), torch.zeros(()))
    assert found.failure == "Shapes end at the model: ValueError: one number, please"


def test_execute_is_not_used_where_shapes_do() -> None:
    found = tl.describe(nn.Linear(4, 2), torch.zeros(8, 4), execute=True)
    assert (found.method, found.root.output_shapes) == ("meta", ((8, 2),))


def test_only_what_is_surely_a_batch_is_cut() -> None:
    class Two(nn.Module):
        def forward(self, x: Any, y: Any = None) -> Tensor:
            first = x[0] if isinstance(x, list) else x
            return first[first > -1]

    def seen(*inputs: Any) -> Any:
        return tl.describe(Two(), *inputs, execute=True).root.input_shapes

    ones = torch.ones
    assert seen(ones(8, 3), ones(8, 2)) == ((1, 3), (1, 2))
    assert seen(ones(8, 3), ones(7, 2)) == ((8, 3), (7, 2))
    assert seen([ones(3, 5)]) == ((3, 5),)
    assert seen(ones(8, 3), 4) == ((1, 3),)


def test_a_model_with_a_parameter_called_execute() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor, execute: bool = False) -> Tensor:
            return x[:1] if execute else x

    assert tl.describe(Model(), torch.zeros(2, 2), True).root.output_shapes == ((1, 2),)
    with pytest.raises(TypeError, match="execute: the model's forward has that parameter too"):
        tl.describe(Model(), torch.zeros(2, 2), execute=True)


def test_arguments_called_as_ours_are() -> None:
    class Model(nn.Module):
        def forward(self, model: Tensor, inputs: Tensor) -> Tensor:
            return model + inputs

    found = tl.describe(Model(), model=torch.zeros(2), inputs=torch.zeros(2))
    assert (found.failure, found.root.input_names) == ("", (".model", ".inputs"))


def test_warnings_of_a_forward_are_left_to_its_own_pass() -> None:
    class Warns(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            warnings.warn("mind the gap", stacklevel=1)
            return x

    filters = list(warnings.filters)
    assert tl.describe(Warns(), torch.zeros(1)).failure == ""
    assert warnings.filters == filters
    with pytest.warns(UserWarning, match="mind the gap"):
        Warns()(torch.zeros(1))


def test_what_cannot_be_copied_is_told_with_its_place() -> None:
    class Stubborn:
        def __deepcopy__(self, memo: Any) -> Any:
            raise RuntimeError("there is only one of me")

    model = nn.Sequential(nn.Linear(2, 2))
    model[0].friend = Stubborn()
    found = tl.describe(model, torch.zeros(1, 2))
    assert "Linear.friend: RuntimeError: there is only one of me" in found.failure
    assert (found.parameters, found.root.children[0].settings) == (6, "2 → 2")
    assert tl.describe(model).failure == ""


def test_interrupts_pass_through_and_leave_nothing() -> None:
    class Interrupted(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise KeyboardInterrupt

    model = nn.Sequential(Interrupted())
    state = torch.get_rng_state()
    with pytest.raises(KeyboardInterrupt):
        tl.describe(model, torch.zeros(1))
    assert torch.equal(torch.get_rng_state(), state)
    assert model[0]._compiled_call_impl is None
