"""One door for every tensor: what comes through, what is refused, and with which words."""

import datetime
import decimal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

from torchloupe.reduce import dtype_name, to_array

KEPT = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
KEPT += ["float32", "float64"]
NARROW = ["bfloat16", "float16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2"]
NARROW += ["float8_e5m2fnuz"]


def check_plain(array):
    assert type(array) is np.ndarray
    assert array.flags.c_contiguous
    assert array.flags.owndata
    assert array.flags.writeable
    assert array.dtype.isnative


@pytest.mark.parametrize("dtype", KEPT)
def test_numbers_are_kept(dtype):
    tensor = torch.tensor([[1, 2], [3, 4]]).to(getattr(torch, dtype))
    array = to_array(tensor, name="x")
    check_plain(array)
    assert array.dtype == dtype
    assert array.tolist() == tensor.tolist()
    assert to_array(np.array([1, 2], dtype), name="x").dtype == dtype


@pytest.mark.parametrize("dtype", NARROW)
def test_narrow_floats_are_widened(dtype):
    tensor = torch.tensor([0.5, -2.0, 3.1416]).to(getattr(torch, dtype))
    array = to_array(tensor, name="x")
    check_plain(array)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, tensor.to(torch.float32).numpy())


def test_powers_of_two_floats_are_widened():
    tensor = torch.tensor([0.5, 2.0, 8.0]).to(torch.float8_e8m0fnu)
    assert to_array(tensor, name="x").tolist() == [0.5, 2.0, 8.0]


def test_numpy_floats_of_other_widths():
    assert to_array(np.float16([1.5]), name="x").dtype == np.float32
    assert to_array(np.longdouble([1.5]), name="x").dtype == np.float64


@pytest.mark.parametrize("make", [torch.tensor, np.array, list])
def test_bool_becomes_zero_and_one(make):
    array = to_array(make([True, False]), name="x")
    assert array.dtype == np.uint8
    assert array.tolist() == [1, 0]


def test_conjugate_and_negative_bits_are_resolved():
    numbers = torch.tensor([1 + 2j, 3 - 4j])
    assert to_array(numbers.conj().imag, name="x").tolist() == [-2.0, 4.0]
    assert numbers.conj().imag.is_neg()


def test_gradients_and_views_are_left_behind():
    weight = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
    array = to_array(weight.t(), name="x")
    check_plain(array)
    np.testing.assert_array_equal(array, weight.detach().t().numpy())


@pytest.mark.parametrize(
    "values",
    [torch.zeros(4), np.zeros(4), np.asfortranarray(np.zeros((2, 2))), np.zeros(4)[::2]],
    ids=["tensor", "array", "fortran", "strided"],
)
def test_the_copy_shares_nothing(values):
    array = to_array(values, name="x")
    check_plain(array)
    array += 1
    assert float(values.sum()) == 0


def test_a_tensor_of_inference_mode():
    with torch.inference_mode():
        tensor = torch.ones(2) * 2
    assert to_array(tensor, name="x").tolist() == [2.0, 2.0]


def test_under_another_default_device():
    tensor = torch.ones(2)
    with torch.device("meta"):
        assert to_array(tensor, name="x").tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (3, 3),
        (2.5, 2.5),
        ([], []),
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        (((1.0,), (2.0,)), [[1.0], [2.0]]),
        (range(3), [0, 1, 2]),
        (np.array([1, 2], ">i4"), [1, 2]),
        ([torch.tensor(1.0, requires_grad=True), torch.tensor(2.0)], [1.0, 2.0]),
        ([np.ones(2), np.zeros(2)], [[1.0, 1.0], [0.0, 0.0]]),
        (torch.zeros(0, 3), []),
    ],
)
def test_what_counts_as_numbers(values, expected):
    array = to_array(values, name="x")
    check_plain(array)
    assert array.tolist() == expected


def test_a_subclass_becomes_a_plain_array():
    class Marked(np.ndarray):
        pass

    check_plain(to_array(np.ones(2).view(Marked), name="x"))


def test_pandas_series():
    pandas = pytest.importorskip("pandas")
    assert to_array(pandas.Series([1.0, 2.0]), name="x").tolist() == [1.0, 2.0]


@pytest.mark.parametrize("limit", [2**53, -(2**53)])
def test_whole_numbers_are_kept_while_exact(limit):
    assert to_array(torch.tensor([limit]), name="x").tolist() == [limit]
    beyond = limit + (1 if limit > 0 else -1)
    with pytest.raises(ValueError, match=rf"seeds holds {beyond}; .* ±2\*\*53"):
        to_array(torch.tensor([0, beyond]), name="seeds")


def test_large_unsigned_numbers_are_refused():
    with pytest.raises(ValueError, match="x holds 18446744073709551615"):
        to_array(np.array([2**64 - 1], np.uint64), name="x")


@given(st.lists(st.integers(-(2**60), 2**60), min_size=1))
def test_every_whole_number_is_exact_or_refused(numbers):
    exact = all(abs(number) <= 2**53 for number in numbers)
    try:
        found = to_array(np.array(numbers, np.int64), name="x")
    except ValueError:
        assert not exact
    else:
        assert exact
        assert [int(value) for value in found.astype(np.float64)] == numbers


def nested_tensor():
    return torch.nested.nested_tensor([torch.ones(1), torch.ones(2)], layout=torch.jagged)


def fake_tensor():
    with FakeTensorMode():
        return torch.ones(2)


REFUSED = {
    "complex": (lambda: torch.ones(2, dtype=torch.complex64), r"call .abs\(\)"),
    "sparse": (lambda: torch.eye(2).to_sparse(), r"call .to_dense\(\)"),
    "meta": (lambda: torch.ones(2, device="meta"), "meta device"),
    "fake": (fake_tensor, "without values"),
    "bits": (lambda: torch.empty(2, dtype=torch.bits8), r"call .to\(torch.float32\)"),
    "lazy": (lambda: torch.nn.LazyLinear(2).weight, "run the model once"),
    "nested": (nested_tensor, "to_padded_tensor"),
    "objects": (lambda: np.array([None, {}]), "Python objects"),
    "mixed list": (lambda: [1, None], "Python objects"),
    "none": (lambda: None, "Python objects"),
    "decimal": (lambda: decimal.Decimal(1), "Python objects"),
    "text": (lambda: ["a", "b"], "text; pass numbers"),
    "one text": (lambda: "abc", "text; pass numbers"),
    "bytes": (lambda: b"abc", "bytes; pass numbers"),
    "numpy text": (lambda: np.array(["a"], np.dtypes.StringDType()), "text; pass numbers"),
    "dates": (lambda: np.array(["2020-01-01"], "datetime64[D]"), "dates"),
    "a date": (lambda: [datetime.date(2020, 1, 1)], "Python objects"),
    "time spans": (lambda: np.array([1], "timedelta64[s]"), "time spans"),
    "structured": (lambda: np.zeros(2, [("a", "f4")]), "pick a field"),
    "numpy complex": (lambda: np.ones(2, complex), r"call .abs\(\)"),
    "masked": (lambda: np.ma.masked_array([1.0, 2.0], [0, 1]), "call .filled"),
    "huge": (lambda: [2**70], "Python objects"),
    "dict": (lambda: {"a": 1}, "Python objects"),
    "complex in a list": (lambda: [torch.ones(2), torch.ones(2) * 1j], r"\[1\] is a tensor"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_plain_numbers_is_refused(case):
    make, advice = REFUSED[case]
    with pytest.raises(TypeError, match=f"^loss.*{advice}"):
        to_array(make(), name="loss")


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: torch.eye(2).to_sparse_csr(), r"call .to_dense\(\)"),
        (lambda: torch.quantize_per_tensor(torch.ones(2), 1.0, 0, torch.quint8), "dequantize"),
        (lambda: torch.nested.nested_tensor([torch.ones(1), torch.ones(2)]), "to_padded_tensor"),
    ],
    ids=["csr", "quantised", "nested"],
)
def test_what_torch_itself_warns_of_is_refused(make, advice):
    with pytest.raises(TypeError, match=f"^loss.*{advice}"):
        to_array(make(), name="loss")


def test_tensors_inside_a_transform_are_refused():
    def peek(x):
        with pytest.raises(TypeError, match="functorch"):
            to_array(x, name="x")
        return x.sum()

    torch.func.vmap(peek)(torch.ones(2, 2))
    torch.func.grad(peek)(torch.ones(2))


def test_ragged_lists_are_refused():
    with pytest.raises(ValueError, match="^x must be numbers in lists of equal lengths"):
        to_array([[1, 2], [3]], name="x")
    with pytest.raises(ValueError, match=r"tensors of one shape, not \(1,\) and \(2,\)"):
        to_array([torch.ones(2), torch.ones(1)], name="x")


def test_a_list_that_holds_itself_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises((TypeError, ValueError), match="^x "):
        to_array(endless, name="x")


def test_a_tensor_that_cannot_be_read_is_refused():
    class Broken(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            if func is torch.Tensor.cpu:
                raise RuntimeError("gone")
            return super().__torch_function__(func, types, args, kwargs or {})

    with pytest.raises(TypeError, match="x is a Broken that has no plain values"):
        to_array(torch.ones(2).as_subclass(Broken), name="x")


def test_no_random_number_is_drawn_and_no_flag_is_changed():
    before = torch.get_rng_state(), torch.is_grad_enabled()
    to_array(torch.ones(3, requires_grad=True), name="x")
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (torch.zeros(1, dtype=torch.uint8), "uint8"),
        (torch.zeros(1, dtype=torch.bool), "bool"),
        (torch.zeros(1, dtype=torch.bfloat16), "bfloat16"),
        (np.zeros(1, bool), "bool"),
        ([True], "bool"),
        ([[0.5]], "float64"),
        ([torch.zeros(1, dtype=torch.uint8)], "uint8"),
        ([], "float64"),
    ],
)
def test_the_dtype_before(values, expected):
    assert dtype_name(values) == expected
