"""Weights on disk: written whole or not at all, read without running anything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
from torch import Tensor, nn

from ._door import need_source, need_target


def save(model: nn.Module, path: str | Path) -> Path:
    """Write a model's `state_dict` so that a crash leaves either the old file or the new one.

    Raises:
        FileNotFoundError: the directory does not exist.
    """
    target = need_target(path, "path")
    beside = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        with beside.open("xb") as file:
            torch.save(model.state_dict(), file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return target


def load(model: nn.Module, path: str | Path) -> None:
    """Read weights that `save` wrote into a model of the same shape; no code in them is run.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no weights, or another model's; the model is as it was.
    """
    source = need_source(path, "path")
    try:
        weights = torch.load(source, map_location="cpu", weights_only=True)
    except Exception as error:  # of many kinds, for what is no such file
        raise ValueError(f"path: {source} holds no weights: {error}") from error
    model.load_state_dict(_fitting(weights, model, source))


def _fitting(weights: object, model: nn.Module, source: Path) -> Mapping[str, Any]:
    """Return weights that fit a model, or raise before any of it is changed."""
    if not isinstance(weights, Mapping):
        raise ValueError(f"path: {source} holds {type(weights).__name__}, expected weights by name")
    given, wanted = _shapes(weights), _shapes(model.state_dict())
    differing = [name for name in {**wanted, **given} if given.get(name) != wanted.get(name)]
    if differing:
        name = differing[0]
        raise ValueError(
            f"path: {source} holds another model's weights: of {len(differing)} that differ, "
            f"{name!r} is {given.get(name, 'missing')}, expected {wanted.get(name, 'none')}"
        )
    return weights


def _shapes(weights: Mapping[str, Any]) -> dict[str, list[int]]:
    return {name: list(each.shape) for name, each in weights.items() if isinstance(each, Tensor)}
