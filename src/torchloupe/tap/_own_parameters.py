"""What a module holds of its own, read when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..reduce import dtype_name, to_array


class OwnParameter(NamedTuple):
    """One parameter: its name in its module, how many numbers, their type, and themselves."""

    name: str
    count: int
    dtype: str
    #: None where there are no numbers: lazy, or on the meta device
    values: NDArray[Any] | None


def own_parameters(source: nn.Module | Tensor, name: str) -> Callable[[int], list[OwnParameter]]:
    """Return a function that reads a module's own parameters, or the one tensor.

    The function takes how many of them to read at most; of the others it tells all but the numbers.

    Args:
        source: a module or a tensor; kept.
        name: of the argument, for errors.

    Raises:
        TypeError: `source` is neither.
    """
    if not isinstance(source, (nn.Module, Tensor)):
        raise TypeError(
            f"{name}: expected a torch.nn.Module or a tensor, got {type(source).__name__}"
        )

    def read(most: int) -> list[OwnParameter]:
        if isinstance(source, Tensor):
            named: Iterable[tuple[str, Tensor]] = [("", source)]
        else:
            named = source.named_parameters(recurse=False)
        found: list[OwnParameter] = []
        for label, tensor in named:
            vacant = is_lazy(tensor) or tensor.is_meta
            values = None
            if not vacant and sum(each.values is not None for each in found) < most:
                values = to_array(tensor, name=label or "tensor")
            count = 0 if is_lazy(tensor) else tensor.numel()
            found.append(OwnParameter(label, count, dtype_name(tensor), values))
        return found

    return read
