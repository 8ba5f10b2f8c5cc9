"""What is selected in a scatter: resolved on exact values, off the threads that must not wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..channel import Rejected
from ..reduce import inside, nearest, to_array, within_rectangle
from ..run import Run
from ._scatter_scene import Scene
from ._telling import Telling

Indices = NDArray[np.int64]

_SHAPES = {"lasso": None, "rectangle": 4, "point": 3, "class": 1, "none": 0}
_MODES = ("replace", "add", "remove", "toggle")
_MOST_NUMBERS = 8192
_MOST_WAITING = 16
NOTHING: Indices = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Request:
    """What a person enclosed or pointed at, in the units of the points."""

    shape: str
    places: Sequence[float]
    mode: str
    hidden: Sequence[float] = ()

    def __post_init__(self) -> None:
        if self.shape not in _SHAPES or self.mode not in _MODES:
            raise Rejected("expected a shape and a mode of selecting")
        count = _SHAPES[self.shape]
        fits = len(self.places) % 2 == 0 if count is None else len(self.places) == count
        if not fits:
            raise Rejected(f"expected the numbers of a {self.shape}")


def resolve(request: Request, scene: Scene, selected: Indices) -> Indices:
    """Return the samples that are selected after a request, sorted.

    Classes that the person has hidden take no part.
    """
    if request.shape == "none":
        return NOTHING
    chosen = _chosen(request, scene)
    if request.mode == "add":
        return np.union1d(selected, chosen)
    if request.mode == "remove":
        return np.setdiff1d(selected, chosen)
    if request.mode == "toggle":
        return np.setxor1d(selected, chosen)
    return chosen


def _chosen(request: Request, scene: Scene) -> Indices:
    """Return the samples that a shape holds, sorted, each once."""
    if request.shape == "point":
        return scene.samples[_nearest(request, scene)]
    places = request.places
    if request.shape == "class":
        found = scene.placed_codes == places[0]
    elif request.shape == "lasso":
        found = inside(scene.places, np.reshape(places, (-1, 2)))
    else:
        found = within_rectangle(scene.places, (places[0], places[1], places[2], places[3]))
    if len(request.hidden) and request.shape != "class":
        found &= ~np.isin(scene.placed_codes, request.hidden)
    chosen = scene.placed_samples[found]
    return chosen if (chosen[1:] > chosen[:-1]).all() else np.unique(chosen)


def _nearest(request: Request, scene: Scene) -> NDArray[np.intp]:
    """Return the point nearest to a place of those that are drawn, if one is within reach."""
    x, y, reach = request.places
    found = within_rectangle(scene.plane, (x - reach, x + reach, y - reach, y + reach))
    rows = np.flatnonzero(found & ~np.isin(scene.codes, request.hidden))
    if not len(rows):
        return rows
    row = rows[nearest(scene.plane[rows], [[x, y]])]
    near = np.hypot(*(scene.plane[row[0]] - (x, y))) <= reach
    return row if near else row[:0]


class Selection:
    """The selected samples of a view, and who is told when they change.

    Views of a run share what is selected.

    Requests are answered in turn on a thread of their own.
    """

    def __init__(
        self,
        changed: Callable[[], None],
        failed: Callable[[Exception], None],
        run: Run | None = None,
    ) -> None:
        self._run = run
        #: how often it has changed, and the samples that are selected
        self.state: tuple[int, Indices] = (0, NOTHING)
        self._changed, self._failed = changed, failed
        self._followed: Indices | None = None
        #: who wants to know; called with the samples
        self.telling = Telling(failed, "selection", _MOST_WAITING)

    @property
    def indices(self) -> Indices:
        """The selected samples."""
        return self.state[1]

    def set(self, indices: Indices) -> None:
        """Select these samples, sorted and each once; tell whoever wants to know."""
        if self._run is not None and not np.array_equal(indices, self._run.selection):
            self._run.selection = indices  # first: whoever follows the run meanwhile agrees
        if np.array_equal(indices, self.indices):
            return
        self.state = self.state[0] + 1, indices
        self._changed()
        self.telling.tell(indices)

    def version(self) -> int:
        """Return what differs when the run's selection is another than was followed."""
        return 0 if self._run is None else id(self._run.selection)

    def follow(self) -> None:
        """Select what the run's other views, or somebody in Python, have selected."""
        if self._run is not None and self._run.selection is not self._followed:
            self._followed = self._run.selection
            try:
                self.set(self._followed)
            except Exception as error:  # a user's callback may raise anything
                self._failed(error)

    def ask(self, request: Request, scene: Scene) -> None:
        """Have a request answered soon."""
        self.telling.later(lambda: self.set(resolve(request, scene, self.indices)))


def need_indices(value: object, total: int | None) -> Indices:
    """Return a selection given in Python as sorted, distinct indices.

    Raises:
        TypeError, ValueError: it is not made of indices of samples; the message says which.
    """
    if value is None:
        return NOTHING
    array = to_array(
        value if not isinstance(value, (set, range)) else list(value), name="selection"
    )
    if array.size == 0:
        return NOTHING
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(
            f"selection: expected indices [K], got {array.dtype} of shape {list(array.shape)}"
        )
    indices = np.unique(array.astype(np.int64))
    beyond = indices[0] if indices[0] < 0 else indices[-1]
    if beyond < 0 or (total is not None and beyond >= total):
        raise ValueError(f"selection: {beyond} is no index of {total} samples")
    return indices


def NUMBERS(value: object) -> list[float]:  # noqa: N802  reads as a type in the tables that use it
    """Accept a list of finite numbers of bounded length."""
    if not isinstance(value, list) or len(value) > _MOST_NUMBERS:
        raise Rejected("expected a list of numbers")
    if not all(type(each) in (int, float) and abs(each) < 1e300 for each in value):
        raise Rejected("expected finite numbers")
    return [float(each) for each in value]


def WORD(value: object) -> str:  # noqa: N802
    """Accept a short text."""
    if not isinstance(value, str) or len(value) > 16:
        raise Rejected("expected a word")
    return value
