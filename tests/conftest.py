"""What holds for every test."""

import gc
import signal

from hypothesis import settings

# The same examples each time, and no deadline: the machines that run this are small and busy.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


# A shell's background jobs ignore interrupts, and so would the loops that are interrupted here.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish():
    """Modules stay until the end; without this, each test that collects searches torch, too."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure():
    """Otherwise some libraries complain at the end of what they take for leaks."""
    gc.unfreeze()
