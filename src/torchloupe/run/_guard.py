"""Look at a model and leave no trace: eval mode, no gradients, and everything put back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

import torch
from torch import nn

from ..tap import Randomness
from ._remembered import Remembered

Result = TypeVar("Result")


_LEVELS, _MOST_ITEMS = 2, 64
_TORCHS_OWN = frozenset(vars(nn.Module()))


def _all_of(modules: Iterable[nn.Module]) -> dict[int, nn.Module]:
    """Find all below these, those too that a module keeps in a plain list, tuple or dictionary."""
    every: dict[int, nn.Module] = {}
    waiting = list(modules)
    while waiting:
        for each in waiting.pop().modules():
            if id(each) not in every:
                every[id(each)] = each
                waiting.extend(_kept_aside(each))
    return every


def _kept_aside(module: nn.Module) -> Iterator[nn.Module]:
    kept = [each for name, each in vars(module).items() if name not in _TORCHS_OWN]
    for _ in range(_LEVELS):
        collections = [each for each in kept if type(each) in (list, tuple, dict)]
        inner = (each.values() if isinstance(each, dict) else each for each in collections)
        kept = [each for items in inner for each in islice(items, _MOST_ITEMS)]
        yield from (each for each in kept if isinstance(each, nn.Module))


class _Before:
    """How everything was; made by reading alone. `restore` may be called again if interrupted."""

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        every = _all_of(modules)
        self._gradients = torch.is_grad_enabled()
        self._autocast_cache = torch.is_autocast_cache_enabled()
        self._randomness = Randomness()
        self._modules = [Remembered(each) for each in every.values()]

    def quieten(self) -> None:
        """Enter eval mode; flags are set directly, for a user's `eval()` may do more than that."""
        torch.set_grad_enabled(False)
        # In older torch the next training step finds a weight that was cast without gradients.
        torch.set_autocast_cache_enabled(False)
        for remembered in self._modules:
            remembered.module.training = False

    def restore(self) -> None:
        """Put everything back, all that can be even if something cannot."""
        torch.set_autocast_cache_enabled(self._autocast_cache)
        torch.set_grad_enabled(self._gradients)
        failed: Exception | None = None
        for remembered in self._modules:
            try:
                remembered.restore()
            except Exception as error:  # a user's __setattr__ may raise anything
                failed = error
        self._randomness.restore()
        if failed is not None:
            raise failed


def untouched(modules: Iterable[nn.Module], function: Callable[[], Result]) -> Result:
    """Return `function()`, called under `guard(modules)`.

    Unlike a `with` block, which an interrupt can leave just before its exit begins, this restores
    wherever an interrupt falls.
    """
    before = _Before(modules)
    try:
        before.quieten()
        return function()
    finally:
        interrupt: KeyboardInterrupt | None = None
        restored = False
        while not restored:
            try:
                before.restore()
                restored = True
            except KeyboardInterrupt as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt


@contextmanager
def guard(modules: Iterable[nn.Module]) -> Iterator[None]:
    """Run the body with `modules` in eval mode and without gradients, then restore them exactly.

    Put back in any case: the training flag of every submodule (each its own, so a frozen BatchNorm
    stays frozen), buffers and other tensor attributes in value and identity, other attributes and
    hooks in identity, random generators that the modules own, and the global ones of torch, numpy
    and `random`.

    To be entered on the thread that trains the modules.
    """
    before = _Before(modules)
    try:
        before.quieten()
        yield
    finally:
        before.restore()
