"""Labels of any kind: sorted classes, literal names, nothing guessed."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from torchloupe.reduce import encode_labels

mixed = st.lists(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**64), 2**64), st.floats(), st.text()),
    max_size=40,
)


@pytest.mark.parametrize(
    ("labels", "codes", "classes"),
    [
        (torch.tensor([3, 1, 10, 3]), [1, 0, 2, 1], ["1", "3", "10"]),
        ([3, 1, 10, 3], [1, 0, 2, 1], ["1", "3", "10"]),
        (np.array([2.5, 1.0, 2.5]), [1, 0, 1], ["1", "2.5"]),
        (np.array([0.1], np.float32), [0], ["0.1"]),
        (torch.tensor([True, False]), [1, 0], ["False", "True"]),
        ([True, False], [1, 0], ["False", "True"]),
        (np.array([True, True]), [0, 0], ["True"]),
        (["pear", "apple", "pear"], [1, 0, 1], ["apple", "pear"]),
        (np.array(["pear", "apple"]), [1, 0], ["apple", "pear"]),
        (np.array(["b", 1, None], object), [1, 0, 2], ["1", "b", "no label"]),
        (["b", 2, True, 1.0, "a"], [4, 2, 0, 1, 3], ["True", "1", "2", "a", "b"]),
        ([torch.tensor(2), np.int64(1), np.str_("x")], [1, 0, 2], ["1", "2", "x"]),
        ([b"caf\xc3\xa9", "café"], [0, 0], ["café"]),
        (range(3), [0, 1, 2], ["0", "1", "2"]),
        ((label for label in "ab"), [0, 1], ["a", "b"]),
        ([np.inf, 1e300, -np.inf], [2, 1, 0], ["-inf", "1e+300", "inf"]),
        ([], [], []),
    ],
)
def test_labels_become_codes(labels, codes, classes):
    found = encode_labels(labels, len(codes), name="labels")
    assert found.codes.dtype == np.uint8
    assert found.codes.tolist() == codes
    assert found.classes == classes


@pytest.mark.parametrize(
    "labels",
    [
        [2, None, 1, float("nan")],
        [2.0, np.nan, 1.0, np.nan],
        torch.tensor([2.0, np.nan, 1.0, np.nan]),
        np.array([2.0, np.nan, 1.0, np.nan]),
    ],
)
def test_none_and_nan_mean_no_label_and_come_last(labels):
    found = encode_labels(labels, 4, name="labels")
    assert found.codes.tolist() == [1, 2, 0, 2]
    assert found.classes == ["1", "2", "no label"]
    assert found.unlabelled == 2


def test_missing_values_of_pandas():
    pandas = pytest.importorskip("pandas")
    for series in (pandas.Series([1, None], dtype="Int64"), pandas.Series([1, float("nan")])):
        found = encode_labels(series, 2, name="labels")
        assert (found.classes, found.unlabelled) == (["1", "no label"], 1)


def test_all_labelled_says_minus_one():
    assert encode_labels([1, 2], 2, name="labels").unlabelled == -1


def test_no_labels_at_all():
    found = encode_labels(None, 3, name="labels")
    assert found.codes.tolist() == [0, 0, 0]
    assert (found.classes, found.unlabelled) == (["no label"], 0)


def test_a_class_called_no_label_is_another():
    found = encode_labels(["no label", None], 2, name="labels")
    assert found.codes.tolist() == [0, 1]
    assert found.unlabelled == 1


def test_long_names_are_cut():
    found = encode_labels(["x" * 80, "y" * 81], 2, name="labels")
    assert found.classes == ["x" * 80, "y" * 79 + "…"]


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "$x$", "a\nb", "\u202e"])
def test_text_stays_literal(text):
    assert encode_labels([text], 1, name="labels").classes == [text]


def test_text_that_cannot_be_sent_is_replaced():
    assert encode_labels(["\ud800a"], 1, name="labels").classes == ["?a"]


@given(mixed)
def test_every_list_is_encoded_consistently(labels):
    found = encode_labels(labels, len(labels), name="labels")
    missing = [label is None or label != label for label in labels]
    assert ((found.codes == found.unlabelled) == missing).all()
    assert len(set(found.codes.tolist())) == len(found.classes)
    for one, code in zip(labels, found.codes, strict=True):
        for other, other_code in zip(labels, found.codes, strict=True):
            if type(one) is type(other) and one == other:
                assert code == other_code
    for name in found.classes:
        assert len(name.encode()) > 0 or "" in labels
        assert len(name) <= 80


@given(st.lists(st.integers(-5, 5)))
def test_lists_arrays_and_tensors_agree(labels):
    ways = [labels, np.array(labels, np.int64), torch.tensor(labels, dtype=torch.int64)]
    first, *others = (encode_labels(way, len(labels), name="labels") for way in ways)
    for other in others:
        assert other.codes.tolist() == first.codes.tolist()
        assert other.classes == first.classes


def test_many_classes_take_two_bytes():
    assert encode_labels(range(256), 256, name="labels").codes.dtype == np.uint8
    found = encode_labels(range(257), 257, name="labels")
    assert found.codes.dtype == np.uint16
    assert found.codes.tolist() == list(range(257))


def test_too_many_classes_are_refused():
    assert len(encode_labels(np.arange(65535), 65535, name="x").classes) == 65535
    with pytest.raises(ValueError, match="labels has 65536 classes; expected 65535 at most"):
        encode_labels(np.arange(65536), 65536, name="labels")


@pytest.mark.parametrize(
    ("labels", "count", "problem"),
    [
        ([1, 2], 3, "labels has 2 labels for 3 samples"),
        (torch.zeros(3, 10), 3, r"take .argmax\(1\)"),
        (torch.zeros(3, 1), 3, r"call .flatten\(\)"),
        (torch.tensor(1), 1, r"labels has shape \[\]; expected \[1\]"),
        ([10**5000], 1, r"labels\[0\] has \d+ bits; pass it as text"),
    ],
)
def test_the_wrong_number_of_labels_is_refused(labels, count, problem):
    with pytest.raises(ValueError, match=problem):
        encode_labels(labels, count, name="labels")


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ("abc", "labels is str; expected a list"),
        ({1, 2, 3}, "labels is set; expected a list"),
        (5, "labels is int; expected a list"),
        ([1, (2, 3)], r"labels\[1\] is tuple; expected a number, a bool, text or None"),
        ([1j], r"labels\[0\] is complex"),
        ([torch.zeros(2)], r"labels\[0\] is Tensor"),
        (np.array(["2020-01-01"], "datetime64[D]"), r"labels\[0\] is date"),
        (torch.zeros(2, dtype=torch.complex64), "labels is a tensor of dtype"),
    ],
)
def test_what_is_no_label_is_refused(labels, problem):
    with pytest.raises(TypeError, match=problem):
        encode_labels(labels, 1, name="labels")
