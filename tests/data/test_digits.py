"""The digits that come with the package are the ones scikit-learn has."""

import subprocess
import sys

import numpy as np
import torch
from sklearn.datasets import load_digits

from torchloupe.data import digits


def test_the_digits_are_scikit_learns():
    images, labels = digits()
    bunch = load_digits()
    assert (images.shape, images.dtype) == ((1797, 1, 8, 8), torch.float32)
    assert (labels.shape, labels.dtype) == ((1797,), torch.int64)
    np.testing.assert_array_equal(images[:, 0].numpy(), bunch.images / 16)
    np.testing.assert_array_equal(labels.numpy(), bunch.target)


def test_each_call_gives_fresh_tensors():
    images, labels = digits()
    images.zero_()
    labels.zero_()
    again, labels_again = digits()
    assert again.max() == 1
    assert labels_again.max() == 9


def test_another_default_device_or_dtype_changes_nothing():
    torch.set_default_dtype(torch.float64)
    try:
        with torch.device("meta"):
            images, labels = digits()
    finally:
        torch.set_default_dtype(torch.float32)
    assert images.device.type == labels.device.type == "cpu"
    assert images.dtype == torch.float32


def test_no_random_number_is_drawn():
    before = torch.get_rng_state()
    digits()
    assert torch.equal(before, torch.get_rng_state())


def test_the_import_needs_neither_sklearn_nor_torchvision():
    code = "import sys, torchloupe.data; print({'sklearn', 'torchvision'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
