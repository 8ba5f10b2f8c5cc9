"""Small real pictures that come with the package, so that the first example runs anywhere."""

from importlib.resources import files

import numpy as np
import torch


def digits() -> tuple[torch.Tensor, torch.Tensor]:
    """Load 1,797 handwritten digits of 8 by 8 pixels.

    The source is the test part of "Optical Recognition of Handwritten Digits" by E. Alpaydin and
    C. Kaynak (UCI Machine Learning Repository, 1998, doi:10.24432/C50P49, CC BY 4.0), the same
    pictures in the same order as in scikit-learn. Each pixel counts the dark ones of a 4 by 4 block
    of the scan; here it is divided by 16.

    Returns:
        The pictures, float32 ``[1797, 1, 8, 8]`` in [0, 1], and the digits they show, int64
        ``[1797]`` in 0 to 9. Fresh tensors each time.
    """
    with (files("torchloupe.data") / "digits.npz").open("rb") as file, np.load(file) as stored:
        images, labels = stored["images"], stored["labels"]
    return torch.from_numpy(images.astype(np.float32) / 16)[:, None], torch.from_numpy(
        labels.astype(np.int64)
    )
