"""The parameters of a module: as heat maps, distributions and, of a first convolution, filters."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from traitlets import Dict, List

from .. import outside
from ..channel import PUBLISHER
from ..reduce import (
    as_matrix,
    distribution,
    filters_of,
    heat_map,
    image_range,
)
from ..run import Run
from ..tap import OwnParameter, own_parameters
from ._traits import Array, known, synced
from ._view import View, bundle, need_title, style

_MOST_TENSORS = 12
_MOST_NAMED = 4
_MOVING = ("running", "paused")
# Of a run that goes on: looked at again so often, and with this share of a core at most.
_SECONDS = 1.0
_SHARE = 0.02


class Weights(View):
    """Show a module's own parameters: their matrices, their distributions, their filters.

    A matrix has a row for each output and a column for each number that leads to it, channels
    outermost. In one that is too large for the page a cell shows the number in the middle of those
    it stands for. Zero is the middle of the colours. The filters of a convolution over one
    or three channels are shown as images.

    Args:
        module_or_tensor: a module, whose own parameters are shown, or one tensor.
        run: the run that trains it; the picture then follows, at the cost of at most 2 % of a core,
            and says of which step it is. A pause and the end are shown as they are.
        title: the header; the class's name by default.

    Raises:
        TypeError: `module_or_tensor` is neither, or `run` is no run.
    """

    _esm = bundle("weights")
    _css = style("weights")

    tensors = synced(List(Dict()))
    """One a parameter: name, shape and dtype as text; mean, spread, low, high and norm of its
    finite values; broken (how many are not finite); counts and ends of its distribution; and the
    rows and columns of its heat map."""
    cells = Array()
    """float32 [K]: the heat maps of all parameters, one after the other, row by row."""
    filters = Array()
    """float32 [1, N, height, width, C] of a first convolution, else none."""
    filter_range = synced(List())
    """[lowest, highest] value that the filters are drawn over."""

    def __init__(
        self,
        module_or_tensor: Any,
        *,
        run: Run | None = None,
        title: str | None = None,
        standalone: bool = True,
    ) -> None:
        if run is not None and not isinstance(run, Run):
            raise TypeError(f"run: expected a Run, got {type(run).__name__}")
        self._title = need_title(title)
        self._own = own_parameters(module_or_tensor, "module_or_tensor")
        self._about, self._inside = type(module_or_tensor).__name__, _inside(module_or_tensor)
        self._timepiece = outside.Timepiece()
        self._answer: dict[str, Any] = _EMPTY
        self._asked_at, self._cost, self._waits = 0.0, 0.0, False
        self._step = -1
        self.run = run
        is_moving = run is not None and run.state in _MOVING
        if not is_moving:
            self._look(self._own)  # there from the first frame
        super().__init__(run, standalone=standalone)
        if is_moving:
            self._ask()

    def show(self, module_or_tensor: Any, about: str = "") -> None:
        """Show another module's parameters from now on.

        Args:
            module_or_tensor: as for the constructor.
            about: the header's bold text unless there is a title; the class's name by default.

        Raises:
            TypeError: it is neither a module nor a tensor.
        """
        self._own = own_parameters(module_or_tensor, "module_or_tensor")
        self._about = about or type(module_or_tensor).__name__
        self._inside = _inside(module_or_tensor)
        self._ask()

    def content(self) -> dict[str, Any]:
        """Return the newest pictures."""
        return {"title": self._title or self._about, **self._answer}

    def version(self) -> Hashable:
        """Differ with each look; while the run goes on, have it looked at again now and then."""
        run = self.run
        if run is not None and not self._waits and run.step != self._step and self._is_due(run):
            self._ask()
        return id(self._answer)

    def _is_due(self, run: Run) -> bool:
        """Tell whether so much time has passed, or none will: the run stands still."""
        rest = max(_SECONDS, self._cost / _SHARE)
        return run.state != "running" or self._now() - self._asked_at > rest

    def _now(self) -> float:
        return self._timepiece.now()

    def _ask(self) -> None:
        """Have the parameters read: between two steps, or at once if no step is under way."""
        own, run = self._own, self.run
        self._asked_at, self._waits = self._now(), True
        if run is None or run.state not in _MOVING:
            self._look(own)
            return
        try:
            run.post(lambda: self._look(own), key=self.view_id)
        except RuntimeError:  # it was closed just now
            self._look(own)

    def _look(self, own: Callable[[int], list[OwnParameter]]) -> None:
        began = self._now()
        step = -1 if self.run is None else self.run.step
        try:
            answer = _describe(found := own(_MOST_TENSORS))
            if not found:
                answer["summary"] += self._inside
            if self.run is not None and answer["tensors"]:
                answer["summary"] += f" · step {step:,}"
        except Exception as error:  # whatever a user's parameters are, the run goes on
            answer = {**_EMPTY, "summary": f"{type(error).__name__}: {error}"[:200]}
        if own is self._own:
            self._answer, self._step, self._waits = answer, step, False
        self._cost = self._now() - began
        PUBLISHER.wake()


_EMPTY: dict[str, Any] = {
    "summary": "",
    "tensors": [],
    "cells": None,
    "filters": None,
    "filter_range": [0.0, 1.0],
}


def _describe(own: Sequence[OwnParameter]) -> dict[str, Any]:
    """Make a frame of parameters."""
    shown = [(each, each.values) for each in own if each.values is not None]
    maps = [heat_map(values) for _, values in shown]
    filters = next((found for _, each in shown if (found := filters_of(each)) is not None), None)
    limits = (0.0, 1.0) if filters is None else image_range(filters, source_dtype="float32")
    if filters is not None and filters.shape[-1] == 1:
        reach = float(np.nanmax(np.abs(filters))) if np.isfinite(filters).any() else 1.0
        limits = -reach, reach
    cells = [each.ravel() for each in maps]
    return {
        "summary": _summary(own, len(shown)),
        "tensors": [
            {"name": each.name, "dtype": each.dtype, **_facts(values, cells)}
            for (each, values), cells in zip(shown, maps, strict=True)
        ],
        "cells": np.concatenate(cells) if cells else None,
        "filters": None if filters is None else filters[None],
        "filter_range": list(limits),
    }


def _inside(given: Any) -> str:
    """Return which modules inside have parameters, for those who pass a whole model."""
    modules = given.named_modules() if hasattr(given, "named_modules") else ()
    held = (path for path, each in modules if path and each._parameters)
    paths = list(islice(held, _MOST_NAMED + 1))
    if len(paths) > _MOST_NAMED:
        paths[-1] = "…"
    return f"; inside have some: {', '.join(paths)}" if paths else ""


def _summary(own: Sequence[OwnParameter], shown: int) -> str:
    if not own:
        return "no parameters of its own"
    count = sum(each.count for each in own)
    words = f"{count:,} parameters" if count != 1 else "1 parameter"
    return words if shown == len(own) else f"{words} · {shown} of {len(own)} shown"


def _facts(values: NDArray[Any], cells: NDArray[np.float32]) -> dict[str, Any]:
    wide = np.asarray(values, np.float64)
    finite = wide[np.isfinite(wide)]
    counts, edges = distribution(finite)
    some = finite.size > 0
    facts = {
        "mean": finite.mean() if some else np.nan,
        "spread": finite.std() if some else np.nan,
        "low": finite.min() if some else np.nan,
        "high": finite.max() if some else np.nan,
        "norm": np.linalg.norm(finite) if some else np.nan,
    }
    return {
        "shape": " × ".join(str(each) for each in wide.shape) or "scalar",
        "matrix": [float(each) for each in as_matrix(wide).shape],
        **{key: known(float(value)) for key, value in facts.items()},
        "broken": float(wide.size - finite.size),
        "counts": [float(each) for each in counts],
        "ends": [known(float(edges[0])), known(float(edges[-1]))],
        "rows": cells.shape[0],
        "columns": cells.shape[1],
    }
