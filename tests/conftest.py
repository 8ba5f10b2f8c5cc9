"""What holds for every test."""

import gc

from hypothesis import settings

# The same examples each time, and no deadline: the machines that run this are small and busy.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_collection_finish():
    """Modules stay until the end; without this, each test that collects searches torch, too."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure():
    """Otherwise some libraries complain at the end of what they take for leaks."""
    gc.unfreeze()
