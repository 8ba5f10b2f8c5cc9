"""Images in aligned rows: alone, or input, reconstruction and their difference."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from traitlets import Int, List, Unicode

from ..reduce import as_images, dtype_name, encode_labels, fit_images, image_range
from ..run import Run, text_of
from ..store import Snapshot
from ._source import Channel
from ._traits import Array, synced
from ._view import View, bundle, need_title

_BUDGET = 2**18
_MOST_ROWS = 32


class ImageGrid(View):
    """Show images without smoothing, with their value range.

    Args:
        data_or_run: images [N, C, H, W] (C is 1, 3 or 4) or [N, H, W] as a tensor or array; a
            mapping from row names to such images, shown in paired rows; or a run.
        channel: of a run, the channel to show; the first with images by default.
        labels: one caption an image.
        title: the header; the channel's name by default.

    Raises:
        TypeError, ValueError: the images are not of this form; the message says how.
    """

    _esm = bundle("image_grid")
    follows_cursor = True

    images = Array()
    """float32 [R, N, H, W, C]: R rows of N images."""
    row_names = synced(List(Unicode()))
    """A name for each row, empty for a single one."""
    row_kinds = synced(List(Unicode()))
    """`sequential` or `diverging` for each row."""
    row_ranges = synced(List())
    """[lowest, highest] value drawn for each row."""
    captions = synced(List(Unicode()))
    """A text for each image, empty for none."""
    selected = synced(List(Int()))
    """Which of the images are of samples that the run's views have selected."""

    def __init__(
        self,
        data_or_run: Any,
        channel: str | None = None,
        *,
        labels: Sequence[Any] | None = None,
        title: str | None = None,
        standalone: bool = True,
    ) -> None:
        run = data_or_run if isinstance(data_or_run, Run) else None
        if run is not None and labels is not None:
            raise TypeError("labels: a run's images bring their own; expected None with a run")
        self._channel = Channel(run, "images", channel)
        self._fixed = None if run is not None else _given(data_or_run, labels)
        self._title = need_title(title) or ("Images" if run is None else "")
        super().__init__(run, standalone=standalone)

    def content(self) -> dict[str, Any]:
        """Return the newest images, small enough to travel."""
        if self._fixed is not None:
            return {"title": self._title, "selected": [], **self._fixed.traits("")}
        snapshot = self._channel.newest()
        title = self._title or self._channel.title("Images")
        if snapshot is None:
            return {"title": title, "selected": [], **_EMPTY}
        traits = _Rows.of(snapshot).traits(self._channel.moment(snapshot))
        return {"title": title, "selected": self._selected(snapshot), **traits}

    def _selected(self, snapshot: Snapshot) -> list[int]:
        """Return the places of the images whose samples are selected."""
        if self.run is None:
            return []
        # Held on to: another one that comes later is then never at the same place in memory.
        self._shown_selection = self.run.selection
        if not len(self._shown_selection):
            return []
        count = len(next(iter(snapshot.arrays.values())))
        samples = snapshot.details.get("indices", np.arange(count))
        return np.flatnonzero(np.isin(samples, self._shown_selection)).tolist()

    def version(self) -> Hashable:
        """Differ with each snapshot, and with what is selected."""
        selection = self.run.selection if self.run is not None else None
        return self._channel.version(), id(selection)


_EMPTY: Mapping[str, Any] = {
    "summary": "no images yet",
    "images": None,
    "row_names": [],
    "row_kinds": [],
    "row_ranges": [],
    "captions": [],
}


@dataclass(frozen=True)
class _Rows:
    """Rows of float32 images [N, H, W, C] of one shape, and what their values mean."""

    rows: Mapping[str, NDArray[np.float32]]
    limits: Sequence[tuple[float, float]]
    captions: list[str]
    paired: bool = False

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Rows:
        rows = {name: np.asarray(array, np.float32) for name, array in snapshot.arrays.items()}
        first = next(iter(rows.values()))
        captions = _captions(snapshot.details.get("labels"), len(first))
        # The output is drawn over the range of the input, so that they compare.
        limits = image_range(first, source_dtype=snapshot.details.get("dtype", "float32"))
        paired = bool(snapshot.details.get("paired"))
        return cls(rows, [limits] * len(rows), captions, paired)

    def traits(self, moment: str) -> dict[str, Any]:
        """Return the traits' values: all rows in one array, cut to the budget."""
        rows, kinds = dict(self.rows), ["sequential"] * len(self.rows)
        ranges = [list(each) for each in self.limits]
        notes = [moment] if moment else []
        same = len(set(self.limits)) == 1
        drawn = "range {}–{}".format(*map(text_of, self.limits[0])) if same else "own ranges"
        if self.paired:
            first, second = list(rows.values())[:2]
            with np.errstate(invalid="ignore", over="ignore"):
                change = second - first
                difference = change.mean(-1, keepdims=True).repeat(first.shape[-1], -1)
            rows["difference"] = difference
            kinds.append("diverging")
            reach = _reach(difference)
            ranges.append([-reach, reach])
            notes.append(f"MSE {text_of(_mean_square(change))}")
            drawn += f" · difference ±{text_of(reach)}"
        total = len(next(iter(rows.values())))
        fitted = [fit_images(row, _BUDGET // len(rows)) for row in rows.values()]
        images, shown, scale = np.stack([each for each, _, _ in fitted]), *fitted[0][1:]
        notes.append(drawn)
        if shown < total or not self.paired:
            some = f"{shown} of {total}" if shown < total else f"{total}"
            notes.append(f"{some} images" if total != 1 else "1 image")
        notes += [f"shown at 1/{scale} size"] if scale > 1 else []
        bad = sum(int((~np.isfinite(row)).sum()) for row in self.rows.values())
        notes += [f"{bad:,} values not finite"] if bad else []
        return {
            "summary": " · ".join(notes),
            "images": images,
            "row_names": list(rows),
            "row_kinds": kinds,
            "row_ranges": ranges,
            "captions": self.captions[:shown],
        }


def _given(data: Any, labels: Sequence[Any] | None) -> _Rows:
    named = isinstance(data, Mapping)
    given = {str(key): each for key, each in data.items()} if named else {"": data}
    if not 1 <= len(given) <= _MOST_ROWS or (named and len(given) < len(data)):
        raise ValueError(
            f"data_or_run: expected 1 to {_MOST_ROWS} rows of images with a name each, "
            f"got {len(data)}"
        )
    rows = {name: as_images(each, name=name or "data_or_run") for name, each in given.items()}
    shapes = {array.shape for array in rows.values()}
    if len(shapes) > 1:
        listed = ", ".join(f"{name} {list(array.shape)}" for name, array in rows.items())
        raise ValueError(f"data_or_run: expected rows of one shape, got {listed}")
    captions = _captions(labels, len(next(iter(rows.values()))))
    return _Rows(rows, _limits(rows, given), captions)


def _limits(
    rows: Mapping[str, NDArray[np.float32]], given: Mapping[str, Any]
) -> list[tuple[float, float]]:
    """Return one range for all rows, so that they compare; of different dtypes each its own."""
    dtypes = {dtype_name(each) for each in given.values()}
    if len(dtypes) == 1:
        every = np.stack(list(rows.values()))
        return [image_range(every, source_dtype=dtypes.pop())] * len(rows)
    return [image_range(rows[name], source_dtype=dtype_name(given[name])) for name in rows]


def _captions(labels: Any, count: int) -> list[str]:
    if labels is None:
        return [""] * count
    encoded = encode_labels(labels, count, name="labels")
    return [encoded.classes[code] for code in encoded.codes]


def _reach(difference: NDArray[np.float32]) -> float:
    """Return the largest difference, rounded up to 1, 2 or 5 of its decade, so that it is quiet."""
    finite = np.abs(difference[np.isfinite(difference)])
    largest = float(finite.max()) if finite.size else 0.0
    if largest == 0:
        return 1.0
    decade = 10.0 ** np.floor(np.log10(largest))
    return float(next(each * decade for each in (1, 2, 5, 10) if each * decade >= largest * 0.999))


def _mean_square(difference: NDArray[np.float32]) -> float:
    finite = difference[np.isfinite(difference)].astype(np.float64)
    return float(np.square(finite).mean()) if finite.size else float("nan")
