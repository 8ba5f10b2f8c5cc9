"""One door through which every tensor, array and list becomes a plain, owned ndarray."""

import sys
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

_EXACT = 2**53  # whole numbers beyond this are not exact in a float64, nor in a browser
_WIDEN = frozenset(
    getattr(torch, name)
    for name in (
        "bfloat16",
        "float16",
        "float8_e4m3fn",
        "float8_e4m3fnuz",
        "float8_e5m2",
        "float8_e5m2fnuz",
        "float8_e8m0fnu",
    )
    if hasattr(torch, name)
)
_KEPT = frozenset(
    (
        *(torch.float32, torch.float64, torch.bool),
        *(torch.int8, torch.int16, torch.int32, torch.int64),
        *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
    )
)
_KINDS = {
    "O": "Python objects; pass numbers",
    "S": "bytes; pass numbers",
    "U": "text; pass numbers",
    "T": "text; pass numbers",
    "M": "dates; pass numbers, such as .astype('int64')",
    "m": "time spans; pass numbers, such as .astype('int64')",
    "V": "structured or foreign numbers; call .astype('float32') or pick a field",
    "c": "complex numbers; call .abs(), or pass .real or .imag",
}


def to_array(values: object, *, name: str) -> NDArray[Any]:
    """Copy a tensor, an array or nested lists of numbers into an ndarray of its own.

    bfloat16, float16 and float8 become float32; float32, float64 and integers are kept; bool
    becomes uint8 0 and 1 (`dtype_name` still tells what it was). Gradients, conjugate and negative
    bits and the device are resolved.

    Args:
        values: any shape, empty ones too; a list may also hold tensors of one shape.
        name: what the caller calls this argument, for the messages.

    Returns:
        A C-contiguous array in native byte order that shares no memory with `values`.

    Raises:
        TypeError: numbers that have no plain form (complex, sparse, quantised, nested, meta, fake
            or wrapped by a functorch transform) or no numbers; the message says what to call.
        ValueError: lists of unequal lengths, or whole numbers beyond ±2**53.
    """
    if isinstance(values, torch.Tensor):
        array = _from_tensor(values, name)
    else:
        array = _from_numpy(_as_ndarray(values, name), name)
    _check_exact(array, name)
    return array


def dtype_name(values: object) -> str:
    """Tell the element type that `values` had before `to_array`, such as ``"bool"``.

    Args:
        values: a tensor, an array, or lists of numbers.
    """
    dtype = getattr(values, "dtype", None)
    if dtype is None:
        if isinstance(values, list | tuple) and values:
            return dtype_name(cast("list[object] | tuple[object, ...]", values)[0])
        dtype = np.asarray(cast(Any, values)).dtype
    return str(dtype).removeprefix("torch.")


def _from_tensor(tensor: torch.Tensor, name: str) -> NDArray[Any]:
    advice = _refusal(tensor)
    if advice:
        raise TypeError(f"{name} is a tensor {advice}")
    try:
        plain = tensor.detach().cpu().resolve_conj().resolve_neg()
        if plain.dtype in _WIDEN:
            plain = plain.to(torch.float32)
        elif plain.dtype == torch.bool:
            plain = plain.to(torch.uint8)
        return np.array(plain.numpy(), order="C", copy=True)
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise TypeError(
            f"{name} is a {type(tensor).__name__} that has no plain values ({error}); "
            "pass an ordinary tensor"
        ) from error


def _refusal(tensor: torch.Tensor) -> str:
    """Say why a tensor has no plain values and what to call instead, or nothing."""
    if torch.nn.parameter.is_lazy(tensor):
        return "whose shape is not known yet; run the model once first"
    if _is_wrapped(tensor):
        return "inside a tracing or functorch transform, without values; pass it outside of that"
    if tensor.is_nested:
        return "of nested layout; call torch.nested.to_padded_tensor(…, 0.0)"
    if tensor.layout != torch.strided:
        return f"of layout {tensor.layout}; call .to_dense()"
    if tensor.is_meta:
        return "on the meta device, without values; pass one with data"
    if tensor.is_quantized:
        return f"of quantised dtype {tensor.dtype}; call .dequantize()"
    if tensor.is_complex():
        return f"of dtype {tensor.dtype}; call .abs(), or torch.view_as_real(…)"
    if tensor.dtype not in _KEPT and tensor.dtype not in _WIDEN:
        return f"of dtype {tensor.dtype}; call .to(torch.float32)"
    return ""


def _is_wrapped(tensor: torch.Tensor) -> bool:
    # Both checks are private API; without them a fake tensor hands out made-up values in silence.
    fake = getattr(sys.modules.get("torch._subclasses.fake_tensor"), "FakeTensor", None)
    if fake is not None and isinstance(tensor, fake):
        return True
    functorch = getattr(torch._C, "_functorch", None)  # pyright: ignore[reportPrivateUsage]
    check = getattr(functorch, "is_functorch_wrapped_tensor", None)
    return bool(check is not None and check(tensor))


def _as_ndarray(values: object, name: str) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array; call .filled(numpy.nan)")
    if isinstance(values, list | tuple):
        items = list(cast("list[object] | tuple[object, ...]", values))
        if any(isinstance(item, torch.Tensor) for item in items):
            return _stacked(items, name)
        values = items
    try:
        return np.asarray(cast(Any, values))
    except (ValueError, RuntimeError, RecursionError) as error:
        raise ValueError(f"{name} must be numbers in lists of equal lengths: {error}") from error
    except TypeError as error:
        raise TypeError(f"{name} must be numbers, not {type(values).__name__}: {error}") from error


def _stacked(items: list[object], name: str) -> NDArray[Any]:
    arrays = [to_array(item, name=f"{name}[{index}]") for index, item in enumerate(items)]
    shapes = sorted({array.shape for array in arrays})
    if len(shapes) > 1:
        raise ValueError(f"{name} must hold tensors of one shape, not {shapes[0]} and {shapes[1]}")
    return np.stack(arrays)


def _from_numpy(array: NDArray[Any], name: str) -> NDArray[Any]:
    kind = array.dtype.kind
    if kind not in "biuf":
        what = _KINDS.get(kind, "no numbers; pass numbers")
        raise TypeError(f"{name} of dtype {array.dtype} holds {what}")
    if kind == "b":
        target = np.dtype(np.uint8)
    elif kind == "f" and array.dtype.itemsize not in (4, 8):
        target = np.dtype(np.float32 if array.dtype.itemsize < 4 else np.float64)
    else:
        target = array.dtype.newbyteorder("=")
    return np.array(array, dtype=target, order="C", copy=True)


def _check_exact(array: NDArray[Any], name: str) -> None:
    if array.dtype.kind not in "iu" or array.dtype.itemsize < 8 or not array.size:
        return
    for extreme in (int(array.max()), int(array.min())):
        if abs(extreme) > _EXACT:
            raise ValueError(
                f"{name} holds {extreme}; whole numbers must lie within ±2**53 = ±{_EXACT}"
            )
