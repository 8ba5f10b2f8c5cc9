"""Waiting for what another thread has to bring about."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from time import monotonic, sleep

import torchloupe as tl

SOON = 10.0


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that has to come about."""
    end = monotonic() + SOON
    while not condition():
        assert monotonic() < end, "it did not come about"
        sleep(0.001)


def interrupt_when(run: tl.Run, state: str) -> threading.Thread:
    """Raise a KeyboardInterrupt in the main thread once the run is in a state."""

    def work() -> None:
        until(lambda: run.state == state)
        sleep(0.02)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=work)
    thread.start()
    return thread
