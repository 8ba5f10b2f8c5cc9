"""The random generators that looking at a model may draw from, put back as they were."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def unchanged_randomness() -> Iterator[None]:
    """Restore the global generators of torch (each initialised device), numpy and `random`.

    To be entered on the thread that trains: another thread's draws in between would be rewound.
    """
    cpu, python, legacy = torch.get_rng_state(), random.getstate(), np.random.get_state()
    # Asking an uninitialised CUDA for its state would initialise it.
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    mps = torch.mps.get_rng_state() if _uses_mps() else None
    try:
        yield
    finally:
        torch.set_rng_state(cpu)
        random.setstate(python)
        np.random.set_state(legacy)
        if cuda:
            torch.cuda.set_rng_state_all(cuda)
        if mps is not None:
            torch.mps.set_rng_state(mps)


def _uses_mps() -> bool:
    return torch.backends.mps.is_available()
