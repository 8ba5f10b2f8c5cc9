"""How long each module of a model takes, without a trace in the model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from time import perf_counter
from typing import Any

import torch
from torch import nn

from ._forward import device_of

_ROUNDS = 3


def time_modules(
    model: nn.Module,
    inputs: tuple[Any, ...],
    named: dict[str, nn.Module],
    should_stop: Callable[[], bool],
) -> dict[str, float]:
    """Return the seconds that each module took in a forward pass, those within it included.

    After one pass to warm up, the least of three; a module that is called several times counts
    with all its calls. On a CUDA device the times are of the device's own events, which wait for
    nothing before the end of a pass.

    Args:
        model: called as `model(*inputs)`.
        inputs: on the model's device.
        named: the modules by path.
        should_stop: asked before each pass.
    """
    on_cuda = device_of([model]).type == "cuda"
    least: dict[str, float] = {}
    for turn in range(_ROUNDS + 1):
        if should_stop():
            break
        clock = _CudaClock() if on_cuda else _Clock()
        with ExitStack() as hooks:
            for path, module in named.items():
                if isinstance(module, torch.jit.ScriptModule):  # takes no hooks of Python's
                    continue
                for each in (
                    module.register_forward_pre_hook(clock.begin(path)),
                    module.register_forward_hook(clock.end(path), always_call=True),
                ):
                    hooks.callback(each.remove)
            model(*inputs)
        for path, seconds in clock.read().items() if turn else ():
            least[path] = min(seconds, least.get(path, seconds))
    return least


class _Clock:
    """The processor's own."""

    def __init__(self) -> None:
        self._spans: dict[str, list[tuple[Any, Any]]] = {}
        self._open: dict[str, list[Any]] = {}

    def now(self) -> Any:
        return perf_counter()

    def between(self, start: Any, stop: Any) -> float:
        return stop - start

    def begin(self, path: str) -> Callable[..., None]:
        def note(*_: Any) -> None:
            self._open.setdefault(path, []).append(self.now())

        return note

    def end(self, path: str) -> Callable[..., None]:
        def note(*_: Any) -> None:
            started = self._open.get(path)
            if started:
                self._spans.setdefault(path, []).append((started.pop(), self.now()))

        return note

    def read(self) -> dict[str, float]:
        return {
            path: sum(self.between(*span) for span in spans) for path, spans in self._spans.items()
        }


class _CudaClock(_Clock):
    """Events on the current stream; read when all are over."""

    def now(self) -> Any:
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def between(self, start: Any, stop: Any) -> float:
        return start.elapsed_time(stop) / 1_000

    def read(self) -> dict[str, float]:
        torch.cuda.synchronize()
        return super().read()
