"""Scalars that live on an accelerator: kept as they come, read in batches off the hot path."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from ..store import Series

_Entry = tuple[Series, int, Tensor, float]


class Deferred:
    """Detached copies of accelerator scalars, waiting to be read without stalling the device.

    The training thread appends, and at a boundary seals what it has behind an event recorded on
    its stream; readers fetch only batches whose event has passed.
    """

    def __init__(self, most: int = 4_096) -> None:
        self._most = most
        self._open: list[_Entry] = []
        self._sealed: deque[tuple[list[Any], list[_Entry]]] = deque()
        self._lock = Lock()

    @property
    def holds(self) -> bool:
        """Whether a value waits to be sealed."""
        return bool(self._open)

    def append(self, series: Series, step: int, value: Tensor, time: float) -> None:
        """Keep one value; past the limit the oldest are read at once."""
        self._open.append((series, step, value, time))
        if len(self._open) >= self._most:
            self.seal()
            self.read(wait=True)

    def seal(self) -> None:
        """Close the current batch behind an event on the current stream (training thread)."""
        if not self._open:
            return
        entries, self._open = self._open, []
        events = [_passed(device) for device in {value.device for _, _, value, _ in entries}]
        with self._lock:
            self._sealed.append((events, entries))
        if sum(len(batch) for _, batch in self._sealed) >= self._most:
            self.read(wait=True)

    def read(self, *, wait: bool) -> None:
        """Move values of finished batches (with `wait`, of all sealed ones) into their series."""
        with self._lock:
            while self._sealed and (wait or all(event.query() for event in self._sealed[0][0])):
                events, entries = self._sealed[0]
                for event in events:
                    event.synchronize()
                numbers = _fetched(entries)
                self._sealed.popleft()  # not before: fetching is where an interrupt would fall
                for (series, step, _, time), number in zip(entries, numbers, strict=True):
                    series.append(step, number, time)


def _passed(device: torch.device) -> Any:
    """Record an event behind everything now queued on the device's current stream."""
    event = torch.Event(device)
    event.record(torch.accelerator.current_stream(device))
    return event


def _fetched(entries: list[_Entry]) -> list[float]:
    """Fetch the values, with one transfer a device."""
    by_device: dict[torch.device, list[int]] = {}
    for index, (_, _, value, _) in enumerate(entries):
        by_device.setdefault(value.device, []).append(index)
    numbers = [0.0] * len(entries)
    for device, indices in by_device.items():
        # Apple's devices have no float64.
        precise = torch.float32 if device.type == "mps" else torch.float64
        joined = torch.stack([entries[index][2].reshape(()).to(precise) for index in indices])
        for index, number in zip(indices, joined.tolist(), strict=True):
            numbers[index] = number
    return numbers
