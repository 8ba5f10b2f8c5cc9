"""Run a function on a thread that behaves like its caller's."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from contextlib import ExitStack
from threading import Lock
from typing import Any

import torch

from .. import outside

_DEVICE_TYPES = ("cpu", "cuda", "mps", "xpu")


class Background:
    """A thread and how it ended."""

    def __init__(
        self, function: Callable[[], Any], ended: Callable[[BaseException | None], None], name: str
    ) -> None:
        self.error: BaseException | None = None
        self._function = function
        self._ended = ended
        self._enter_modes = capture_modes()
        self._begun = Lock()
        # Not `Thread.join`: after an interrupt in it Python 3.11 takes a running thread for ended.
        self._running = Lock()
        self._running.acquire()
        # The variables tell a kernel to which cell the thread's prints belong.
        context = contextvars.copy_context()
        self.thread = threading.Thread(
            target=context.run, args=(self._work,), name=f"torchloupe {name}", daemon=True
        )

    def start(self) -> None:
        """Begin; returns at once."""
        outside.passing("thread")
        self.thread.start()

    def cancel(self) -> bool:
        """Make sure that the function is not called, unless it was; tell whether that was so."""
        cancelled = self._begun.acquire(blocking=False)
        if cancelled:
            self._running.release()
        return cancelled

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; tell whether it came."""
        if self.thread is threading.current_thread():
            return False
        if not self._running.acquire(timeout=-1 if timeout is None else timeout):
            return False
        self._running.release()
        self.thread.join(1.0)  # what is left of it takes microseconds
        return True

    def _work(self) -> None:
        if not self._begun.acquire(blocking=False):
            return
        try:
            with self._enter_modes():
                self._function()
        except BaseException as error:  # `wait` raises it where somebody can see it
            self.error = error
        finally:
            try:
                self._ended(self.error)
            finally:
                self._running.release()


def capture_modes() -> Callable[[], ExitStack]:
    """Capture what threads do not inherit: gradients, inference mode, autocast, default device.

    Returns:
        A function that enters the same modes on another thread.
    """
    gradients = torch.is_grad_enabled()
    inference = torch.is_inference_mode_enabled()
    device = torch.get_default_device()
    cache = torch.is_autocast_cache_enabled()
    autocast = [
        (kind, torch.get_autocast_dtype(kind))
        for kind in _DEVICE_TYPES
        if torch.is_autocast_enabled(kind)
    ]

    def enter() -> ExitStack:
        stack = ExitStack()
        if inference:
            stack.enter_context(torch.inference_mode())
        stack.enter_context(torch.set_grad_enabled(gradients))
        if device != torch.get_default_device():
            stack.enter_context(device)
        for kind, dtype in autocast:
            stack.enter_context(torch.autocast(kind, dtype, cache_enabled=cache))
        return stack

    return enter
