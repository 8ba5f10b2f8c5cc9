"""Count floating-point operations, and save torch from working out the same shapes again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch._ops import HigherOrderOperator
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from ._diagnosis import is_scripts, may_cast, refuse_dtypes

Signature = tuple[Any, ...]

_aten = torch.ops.aten
# Questions about a tensor's layout, which tensor subclasses answer themselves.
_LAYOUT = {
    _aten.sym_is_contiguous,
    _aten.is_contiguous,
    _aten.is_strides_like_format,
    _aten.is_non_overlapping_and_dense,
    _aten.size,
    _aten.sym_size,
    _aten.stride,
    _aten.sym_stride,
    _aten.storage_offset,
    _aten.sym_storage_offset,
    _aten.numel,
    _aten.sym_numel,
    _aten.dim,
    torch.ops.prim.layout,
}
# What needs its tensors to be of one dtype, and does not look where there are no contents.
_OF_ONE_DTYPE = {
    _aten.mm,
    _aten.addmm,
    _aten.bmm,
    _aten.baddbmm,
    _aten.convolution,
    _aten.native_layer_norm,
    _aten.native_group_norm,
    _aten.native_batch_norm,
    _aten._native_batch_norm_legit_no_training,
}
_PLAIN = (Tensor, nn.Parameter)


class OperationCounter(TorchDispatchMode):
    """Hands the operations of each call to `count`, by the formulas of `torch.utils.flop_counter`.

    Working out the shape of a batch norm or a linear layer on the meta device takes torch up to
    half a millisecond of Python. Those of a call that was seen before are therefore taken from
    memory, where that is exact: the function neither changes nor returns its arguments, and all of
    its tensors are on meta, so that shapes, strides and dtypes are all there is.
    """

    supports_higher_order_operators = True

    def __init__(self, count: Callable[[int], None], *, has_contents: bool = False) -> None:
        """Begin; where tensors have contents, torch itself refuses what it cannot multiply."""
        super().__init__()
        #: the operation that raised last, and what
        self.failed: Any = None
        self.error: Exception | None = None
        self._count = count
        self._looks_at_dtypes = not has_contents and not may_cast()
        self._plans: dict[Any, _Plan] = {}
        self._seen: dict[Signature, tuple[Any, int]] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        plan = self._plans.get(func)
        if plan is None:
            plan = self._plans[func] = _Plan(func)
        if plan.is_layout:
            return NotImplemented
        signature = _signature_of(func, args, kwargs) if plan.is_pure else None
        if signature is not None and signature in self._seen:
            made, operations = self._seen[signature]
            if operations:
                self._count(operations)
            return _make(made)
        try:
            if plan.needs_one_dtype and self._looks_at_dtypes:
                dtypes = [each.dtype for each in args if isinstance(each, Tensor)]
                refuse_dtypes(func.name(), dtypes)
            if plan.decomposes:
                with self:
                    return func.decompose(*args, **kwargs)
            output = func(*args, **kwargs)
        except Exception as error:
            self.failed, self.error = func, error
            raise
        operations = plan.formula(*args, **kwargs, out_val=output) if plan.formula else 0
        if operations:
            self._count(operations)
        if signature is not None and _is_plain(output):
            self._seen[signature] = _described(output), operations
        return output

    def behind(self, error: Exception) -> Exception:
        """Return the error of an operation of which TorchScript has left no more than its place."""
        return self.error if self.error and is_scripts(error) else error


class _Plan:
    """What is known of an operator before it is called."""

    def __init__(self, func: Any) -> None:
        higher = isinstance(func, HigherOrderOperator)
        packet = func if higher else func._overloadpacket
        self.formula = flop_registry.get(packet)
        self.is_layout = packet in _LAYOUT
        self.needs_one_dtype = packet in _OF_ONE_DTYPE
        schema = None if higher else func._schema
        # What it returns can be an argument's alias only if that says so, too.
        self.is_pure = schema is not None and not any(each.alias_info for each in schema.arguments)
        has_kernel = torch._C._dispatch_has_kernel_for_dispatch_key
        self.decomposes = (
            not higher
            and not self.formula
            and func is not torch.ops.prim.device.default
            and has_kernel(func.name(), "CompositeImplicitAutograd")
        )


def _signature_of(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Signature | None:
    """Tell calls apart by all that shapes can depend on; None where that is not known."""
    parts: list[Any] = [func]
    for value in (*args, *kwargs, *kwargs.values()):
        part = _part_of(value)
        if part is None:
            return None
        parts.append(part)
    return tuple(parts)


def _part_of(value: Any) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        on_meta = value.device.type == "meta" and value.layout is torch.strided
        return (value.shape, value.stride(), value.dtype) if on_meta else None
    if kind in (list, tuple):
        parts = tuple(_part_of(each) for each in cast(tuple[Any, ...], value))
        return None if None in parts else parts
    # 1, 1.0 and True are equal, and not the same.
    return (kind, value) if kind in _HASHABLE else None


_HASHABLE = {int, float, bool, str, type(None), torch.dtype, torch.device, torch.layout}
_HASHABLE.add(torch.memory_format)


def _is_plain(output: Any) -> bool:
    several = output if isinstance(output, tuple) else (output,)
    return all(type(each) is Tensor and each.device.type == "meta" for each in several)


def _described(output: Any) -> Any:
    if isinstance(output, tuple):
        return tuple(_described(each) for each in output)
    return [output.shape, output.stride(), output.dtype]


def _make(made: Any) -> Any:
    if isinstance(made, tuple):
        return tuple(_make(each) for each in made)
    return torch.empty_strided(made[0], made[1], dtype=made[2], device="meta")
