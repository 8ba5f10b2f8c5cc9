"""A plain function as a probe: what it returns says which channel it fills."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..reduce import as_images, to_array
from ._door import need_callable
from ._modules import modules_of
from ._probe import Answer, Probe


class FunctionProbe(Probe):
    """Wrap `function()`.

    A number (or 0-d tensor) fills a scalar channel, a mapping of numbers one for each key
    (`name/key`), a tensor [N, D] points, [N, H, W] or [N, C, H, W] images. None fills nothing.
    """

    def __init__(self, function: Callable[[], Any], name: str) -> None:
        self._function = need_callable(function, "probe")
        self.name = name

    @property
    def modules(self) -> Sequence[nn.Module]:
        """The modules that the function refers to by name now (a cell may have made new ones)."""
        return modules_of(self._function)

    def evaluate(self, should_stop: Callable[[], bool]) -> Answer | None:
        """Call the function once.

        Raises:
            TypeError: it returned something that no channel can hold.
        """
        del should_stop
        value = self._function()
        if value is None:
            return None
        if isinstance(value, Mapping):
            items = cast(Mapping[str, Any], value).items()
            return Answer("scalars", {f"{self.name}/{key}": _number(each) for key, each in items})
        array = to_array(value, name=f"the result of probe {self.name!r}")
        if array.ndim == 0:
            return Answer("scalars", {self.name: array.astype(np.float64)})
        if array.ndim == 2:
            return Answer("points", {"points": array})
        if array.ndim in (3, 4):
            images = as_images(torch.from_numpy(array), name=f"the result of probe {self.name!r}")
            return Answer("images", {"": images})
        raise TypeError(
            f"probe {self.name!r}: expected a number, numbers by name, points [N, D] or images "
            f"[N, H, W] or [N, C, H, W], got shape {list(array.shape)}"
        )


def _number(value: Any) -> NDArray[np.float64]:
    array = to_array(value, name="value").astype(np.float64)
    if array.size != 1:
        raise TypeError(f"value: expected one number, got shape {list(array.shape)}")
    return array.reshape(())
