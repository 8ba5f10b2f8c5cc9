"""What the recipes accept: checked before anything begins, with errors that name the argument."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

_FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


def need_images(images: object) -> Tensor:
    """Return images as float32 [N, C, H, W] in [0, 1], or raise an error that names them."""
    if not isinstance(images, Tensor):
        raise TypeError(f"images: expected a tensor, got {type(images).__name__}")
    if images.layout != torch.strided or images.is_meta or images.is_nested:
        raise TypeError(f"images: expected a dense tensor with data, got {_kind(images)}")
    if images.dtype not in (*_FLOATS, torch.uint8, torch.bool):
        raise TypeError(f"images: expected float or uint8, got {_kind(images)}")
    if images.dim() not in (3, 4) or not images.numel():
        raise ValueError(
            f"images: expected [N, C, H, W] or [N, H, W], none of them 0, got {list(images.shape)}"
        )
    data = images.detach().unsqueeze(1) if images.dim() == 3 else images.detach()
    if data.shape[1] not in (1, 3, 4):
        raise ValueError(f"images: expected 1, 3 or 4 channels, got {data.shape[1]}")
    data = data / 255 if data.dtype == torch.uint8 else data.float()
    lowest, highest = float(data.min()), float(data.max())
    if not (lowest >= 0 and highest <= 1):
        raise ValueError(f"images: expected values in [0, 1], got [{lowest:g}, {highest:g}]")
    return data


def need_count(value: object, name: str, least: int = 1) -> int:
    """Return an int of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected an int, got {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name}: expected at least {least}, got {value}")
    return value


def need_number(value: object, name: str, *, above: float = -math.inf) -> float:
    """Return a finite number of at least 0, above `above`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}: expected a number, got {type(value).__name__}")
    if not (math.isfinite(value) and value >= 0 and value > above):
        least = "above 0" if above == 0 else "of at least 0"
        raise ValueError(f"{name}: expected a finite number {least}, got {value}")
    return float(value)


def need_choice(value: object, name: str, choices: Iterable[str]) -> str:
    """Return one of these words."""
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(repr(each) for each in choices)
        raise ValueError(f"{name}: expected one of {listed}, got {value!r:.80}")
    return value


def need_widths(hidden: object, *, convolutional: bool) -> tuple[int, ...]:
    """Return the widths of layers: any number of dense ones, two of convolutions."""
    if not isinstance(hidden, Sequence) or isinstance(hidden, str):
        raise TypeError(f"hidden: expected a sequence of ints, got {type(hidden).__name__}")
    widths = tuple(need_count(each, f"hidden[{index}]") for index, each in enumerate(hidden))
    if convolutional and len(widths) != 2:
        raise ValueError(f"hidden: expected two numbers of channels, got {len(widths)}")
    return widths


def need_device(device: Any) -> torch.device:
    """Return a device that can be trained on; the best there is for None."""
    if device is None:
        accelerator = torch.accelerator.current_accelerator()
        available = accelerator is not None and torch.accelerator.is_available()
        return accelerator if available and accelerator is not None else torch.device("cpu")
    try:
        place = torch.device(device)
        torch.empty(1, device=place)
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as error:
        raise ValueError(f"device: {device!r} cannot be used here: {error}") from error
    if place.type == "meta":
        raise ValueError("device: expected one that holds data, got 'meta'")
    return place


def need_target(path: object, name: str) -> Path:
    """Return a path that a file can be written to: its directory is there."""
    if not isinstance(path, (str, Path)) or not str(path):
        raise TypeError(f"{name}: expected a path, got {path!r:.80}")
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"{name}: expected an existing directory, got {target.parent}")
    if target.is_dir():
        raise IsADirectoryError(f"{name}: expected a file, got the directory {target}")
    return target


def need_source(path: object, name: str) -> Path:
    """Return the path of a file that is there."""
    if not isinstance(path, (str, Path)):
        raise TypeError(f"{name}: expected a path, got {path!r:.80}")
    if not Path(path).is_file():
        raise FileNotFoundError(f"{name}: expected a file of weights, got {path}")
    return Path(path)


def _kind(tensor: Tensor) -> str:
    return f"dtype {tensor.dtype}, layout {tensor.layout}, device {tensor.device}"
