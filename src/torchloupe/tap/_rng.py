"""The random generators that looking at a model may draw from, put back as they were."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


class Randomness:
    """The global generators of torch (each initialised device), numpy and `random`, as they were.

    To be restored on the thread that trains: another thread's draws in between would be rewound.
    """

    def __init__(self) -> None:
        self._cpu = torch.get_rng_state()
        self._python = random.getstate()
        self._numpy = np.random.get_state()  # noqa: NPY002  the global one is what users draw from
        # Asking an uninitialised CUDA for its state would initialise it.
        self._cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
        self._mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None

    def restore(self) -> None:
        """Put every generator back."""
        torch.set_rng_state(self._cpu)
        random.setstate(self._python)
        np.random.set_state(self._numpy)  # noqa: NPY002
        if self._cuda:
            torch.cuda.set_rng_state_all(self._cuda)
        if self._mps is not None:
            torch.mps.set_rng_state(self._mps)


@contextmanager
def unchanged_randomness() -> Iterator[None]:
    """Restore the global generators after the body."""
    before = Randomness()
    try:
        yield
    finally:
        before.restore()
