"""Run a function on a thread that behaves like its caller's."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import torch

_DEVICE_TYPES = ("cpu", "cuda", "mps", "xpu")


class Background:
    """A thread and how it ended."""

    def __init__(self, function: Callable[[], Any], ended: Callable[[BaseException | None], None], name: str) -> None:
        self.error: BaseException | None = None
        self._function = function
        self._ended = ended
        self._enter_modes = capture_modes()
        # The variables tell a kernel to which cell the thread's prints belong.
        context = contextvars.copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._work,), name=f"torchloupe {name}", daemon=True
        )

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; tell whether it came."""
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            with self._enter_modes():
                self._function()
        except BaseException as error:  # noqa: BLE001  `wait` raises it where somebody can see it
            self.error = error
        finally:
            self._ended(self.error)


def capture_modes() -> Callable[[], ExitStack]:
    """Capture what threads do not inherit: gradients, inference mode, autocast, default device.

    Returns:
        A function that enters the same modes on another thread.
    """
    gradients = torch.is_grad_enabled()
    inference = torch.is_inference_mode_enabled()
    device = torch.get_default_device()
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
            stack.enter_context(torch.autocast(kind, dtype))
        return stack

    return enter
