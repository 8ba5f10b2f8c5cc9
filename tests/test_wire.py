"""The Python half of the wire, against the golden bytes that the browser's half reads too.

In the fixture `values` is flat, in C order; "nan", "inf" and "-inf" stand for what JSON lacks.
"""

import base64
import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from torchloupe import wire

GOLDEN = json.loads((Path(__file__).parent / "fixtures" / "wire.json").read_text())
# struct and numpy use the same letters
FORMATS = dict(zip(wire.DTYPES, "BHIbhifd", strict=True))


@pytest.fixture(params=GOLDEN, ids=lambda case: case["name"])
def golden(request):
    case = request.param
    raw = base64.b64decode(case["base64"])
    return case["dtype"], case["shape"], raw, [float(value) for value in case["values"]]


def packed(**changes):
    return {"dtype": "uint8", "shape": [2], "data": b"\x01\x02"} | changes


def test_the_golden_bytes_are_what_struct_says(golden):
    dtype, shape, raw, values = golden
    found = struct.unpack(f"<{len(values)}{FORMATS[dtype]}", raw)
    np.testing.assert_array_equal(found, values)
    assert [np.signbit(value) for value in found] == [np.signbit(value) for value in values]
    assert int(np.prod(shape)) == len(values)


def test_the_golden_cases_cover_every_dtype():
    assert {case["dtype"] for case in GOLDEN} == set(wire.DTYPES)


def test_pack_makes_the_golden_bytes(golden):
    dtype, shape, raw, values = golden
    array = np.array(values, dtype=dtype).reshape(shape)
    assert wire.pack(array) == {"dtype": dtype, "shape": shape, "data": raw}


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_unpack_reads_the_golden_bytes(golden, kind):
    dtype, shape, raw, values = golden
    array = wire.unpack({"dtype": dtype, "shape": shape, "data": kind(raw)})
    assert array.dtype == np.dtype(dtype)
    assert list(array.shape) == shape
    np.testing.assert_array_equal(array.ravel(), np.array(values, dtype=dtype))


@given(
    arrays.arrays(
        dtype=st.sampled_from([order + FORMATS[name] for name in wire.DTYPES for order in "<>"]),
        shape=arrays.array_shapes(min_dims=0, min_side=0, max_side=4),
    )
)
def test_what_is_packed_is_unpacked(array):
    found = wire.unpack(wire.pack(array))
    assert found.dtype == array.dtype.newbyteorder("=")
    assert found.dtype.isnative
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, array)


def test_memory_order_and_strides_do_not_travel():
    array = np.asfortranarray(np.arange(24, dtype=np.int32).reshape(4, 6))
    for view in (array, array[::-1, ::2], array.T):
        assert wire.pack(view) == wire.pack(np.ascontiguousarray(view))


def test_packed_bytes_do_not_follow_the_array():
    array = np.zeros(3, np.float32)
    message = wire.pack(array)
    array += 1
    assert message["data"] == bytes(12)


def test_unpacked_arrays_own_their_memory():
    data = bytearray(b"\x01\x02")
    array = wire.unpack(packed(data=data))
    data[0] = 9
    array[1] = 7
    assert (array.tolist(), bytes(data)) == ([1, 7], b"\x09\x02")


def test_none_is_null():
    assert wire.pack(None) is None
    assert wire.unpack(None) is None


@pytest.mark.parametrize(
    "dtype", ["bool", "int64", "uint64", "float16", "complex64", "object", "<U3", "datetime64[s]"]
)
def test_other_dtypes_are_refused_by_name(dtype):
    array = np.zeros(2, dtype)
    message = re.escape(f"dtype {array.dtype.name} cannot be sent")
    with pytest.raises(TypeError, match=message):
        wire.pack(array)


def test_only_arrays_are_packed():
    with pytest.raises(TypeError, match="not list"):
        wire.pack([1, 2])


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ([], "a mapping, not list"),
        ({"dtype": "uint8"}, "missing: shape, data"),
        (packed(dtype="int64"), "dtype 'int64' is not known"),
        (packed(dtype="object"), "dtype 'object' is not known"),
        (packed(dtype=None), "dtype None is not known"),
        (packed(dtype=["uint8"]), "is not known"),
        (packed(shape=2), "a list of lengths, not int"),
        (packed(shape=[-2]), "not -2"),
        (packed(shape=[2.0]), "not 2.0"),
        (packed(shape=[True, 2]), "not True"),
        (packed(shape=["2"]), "not '2'"),
        (packed(shape=[3]), r"has 2 bytes; uint8 of shape \[3\] takes 3"),
        (packed(shape=[1]), r"has 2 bytes; uint8 of shape \[1\] takes 1"),
        (packed(dtype="float32"), "takes 8"),
        (packed(shape=[10**30]), "takes 1000"),
        (packed(shape=[0, 10**30], data=b""), "is not possible"),
        (packed(shape=[0] + [2**40] * 3, data=b""), "is not possible"),
        (packed(shape=[1] * 200, data=b"a"), "is not possible"),
        (packed(data="ab"), "data must be bytes, not str"),
        (packed(data=None), "data must be bytes, not NoneType"),
    ],
)
def test_a_strangers_message_is_refused_clearly(message, problem):
    with pytest.raises(ValueError, match=problem):
        wire.unpack(message)
