"""Which plane a scatter shows: the one chosen, of each snapshot anew, without a jump between."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..store import Snapshot
from ._embedding import Embedding, Method
from ._scatter_plane import Plane, as_rows, embedded_plane, principal_plane, raw_plane
from ._scatter_scene import Scene

Projection = str | tuple[int, ...] | None

_NAMES = {each.casefold(): each for each in ("pca", "t-SNE", "UMAP")}
_MOST = 5_000
_PER_PERCENT = 20  # a frame each 5 % is enough


def need_projection(value: object, dimensions: int | None) -> Projection:
    """Return a projection as it is kept.

    Args:
        value: None, "pca", "t-SNE", "UMAP", or one to three dimensions.
        dimensions: how many the latents have, if that is known.

    Raises:
        TypeError, ValueError: it is none of these; the message says what was expected.
    """
    expected = 'expected None, "pca", "t-SNE", "UMAP" or a pair of dimensions such as (0, 1)'
    if value is None:
        return None
    if isinstance(value, str):
        if value.casefold() not in _NAMES:
            raise ValueError(f"projection is {value!r}; {expected}")
        return _NAMES[value.casefold()]
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"projection is {type(value).__name__}; {expected}")
    if any(isinstance(each, bool) or not isinstance(each, (int, np.integer)) for each in value):
        raise TypeError(f"projection is {value!r}; {expected}")
    chosen = tuple(int(each) for each in value)
    different = 1 <= len(chosen) <= 3 and len(set(chosen)) == len(chosen)
    if not different or min(chosen) < 0:
        raise ValueError(f"projection is {value!r}; expected 1 to 3 different dimensions, from 0")
    if dimensions is not None and max(chosen) >= dimensions:
        raise ValueError(f"projection is {value!r}; expected dimensions of 0 … {dimensions - 1}")
    return chosen


@dataclass(frozen=True, eq=False)
class _Work:
    """An embedding, and what it is of."""

    snapshot: Snapshot
    embedding: Embedding
    is_past: bool
    turns: int


class Projecting:
    """Makes the scene of a snapshot in the plane that was chosen.

    t-SNE and UMAP are computed beside all else, one at a time. Until the first is there, another
    plane is shown; until the next is, the one before, with the snapshot that it is of. What a run
    brings meanwhile waits: were each new snapshot to cancel the last one's embedding, a run of
    short epochs would never see any. A person who moves the cursor or chooses another does cancel.

    Args:
        choice: as `need_projection` returns it.
        changed: called when there is something new to show; from any thread.
    """

    def __init__(self, choice: Projection, changed: Callable[[], None]) -> None:
        self.problem = ""
        self._choice = choice
        self._changed = changed
        self._meanwhile: Projection = None if choice in ("t-SNE", "UMAP") else choice
        self._turns = 0
        self._lock = Lock()
        self._closed = False
        self._scene: Scene | None = None
        self._made_of: Hashable = None
        # The raw dimensions that span the newest scene, if any do.
        self._raw: tuple[int, ...] | None = None
        self._earlier: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None
        self._work: _Work | None = None
        self._done: _Work | None = None
        self._told: Hashable = None

    @property
    def choice(self) -> Projection:
        """What was chosen."""
        return self._choice

    @property
    def turns(self) -> int:
        """How often something else was chosen."""
        return self._turns

    @property
    def scene(self) -> Scene | None:
        """The newest that was made."""
        return self._scene

    def choose(self, choice: Projection) -> None:
        """Show another plane from now on."""
        with self._lock:
            if choice == self._choice:
                return
            if self._choice not in ("t-SNE", "UMAP"):
                self._meanwhile = self._choice
            self._choice, self._done, self.problem = choice, None, ""
            self._turns += 1
            self._cancel()

    def give_up(self) -> None:
        """Choose the plane that is shown while an embedding is under way, and end that."""
        if self._choice in ("t-SNE", "UMAP"):
            self.choose(self._meanwhile)

    def raw_of(self, scene: Scene) -> tuple[int, ...] | None:
        """Return the raw dimensions that span a scene's plane; None if other axes do."""
        with self._lock:
            return self._raw if scene is self._scene else None

    def close(self) -> None:
        """Compute nothing more."""
        with self._lock:
            self._closed = True
            self._cancel()

    def state(self) -> Hashable:
        """Return what differs when there is something new to show; cheap."""
        work = self._work
        if work is None:
            return self._turns
        embedding = work.embedding
        share = int(_PER_PERCENT * embedding.progress)
        return self._turns, id(work), embedding.state, embedding.ended, share

    def make(self, snapshot: Snapshot, *, is_past: bool) -> Scene:
        """Return the scene to show when this is the newest snapshot, or the one at the cursor."""
        with self._lock:
            if self._choice in ("t-SNE", "UMAP"):
                self._tend(snapshot, is_past)
            done = self._done
            if done is not None and done.snapshot.version != snapshot.version:
                done = None if is_past or done.is_past else done
            shown = snapshot if done is None else done.snapshot
            made_of = shown.version, self._turns, id(done)
            if self._scene is None or self._made_of != made_of:
                self._raw = None
                self._scene = Scene.of(shown, self._plane(shown, done))
                self._made_of = made_of
            return self._scene

    def progress(self) -> str:
        """Say how far an embedding is that is not shown yet, or nothing."""
        share = self.share()
        return "" if share is None else f"{self._choice} {100 * share:.0f} %"

    def share(self) -> float | None:
        """Return how far an embedding is that is under way, 0 to 1; None if none is."""
        work = self._work
        if work is None or work.embedding.state != "running":
            return None
        return work.embedding.progress if work.embedding.method == self._choice else None

    def _plane(self, snapshot: Snapshot, done: _Work | None) -> Plane:
        latents = as_rows(snapshot.arrays["points"])
        if done is not None:
            return embedded_plane(latents, done.embedding)
        count = latents.shape[1]
        choice = self._meanwhile if self._choice in ("t-SNE", "UMAP") else self._choice
        if isinstance(choice, tuple):
            self.problem = ""
            if max(choice) < count:
                self._raw = choice
                return raw_plane(latents, choice)
            self.problem = f"projection is {choice}; there are dimensions 0 … {count - 1}"
            choice = None
        if choice is None and count <= 2:
            self._raw = tuple(range(count))
            return raw_plane(latents, self._raw)
        return self._principal(snapshot, latents)

    def _principal(self, snapshot: Snapshot, latents: NDArray[Any]) -> Plane:
        sampled = snapshot.details.get("indices")
        samples = np.arange(len(latents)) if sampled is None else np.asarray(sampled, np.int64)

        def earlier(points: NDArray[Any]) -> NDArray[np.float64] | None:
            if self._earlier is None or self._earlier[1].shape[1] != points.shape[1]:
                return None
            before, places = self._earlier
            if np.array_equal(before, samples):
                return places
            found = np.full(points.shape, np.nan)
            _, here, there = np.intersect1d(samples, before, return_indices=True)
            found[here] = places[there]
            return found

        plane = principal_plane(latents, earlier)
        self._earlier = samples, plane.points
        return plane

    def _tend(self, snapshot: Snapshot, is_past: bool) -> None:
        """See to it that an embedding of this snapshot is there or under way."""
        work = self._work
        if work is not None:
            state, same = work.embedding.state, work.snapshot.version == snapshot.version
            if state == "running":
                if is_past and not same:
                    work.embedding.cancel()
                return
            self._settle(work)
            settled = state == "finished" or (state == "failed" and work.turns == self._turns)
            if same and settled and work.embedding.method == self._choice:
                return
            if not work.embedding.ended:
                return
        if self._closed:
            return
        before = None if self._done is None else self._done.embedding
        embedding = Embedding(
            as_rows(snapshot.arrays["points"]),
            cast(Method, self._choice),
            most=_MOST,
            earlier=before,
            on_change=self._notice,
        )
        self._work = _Work(snapshot, embedding, is_past, self._turns)

    def _settle(self, work: _Work) -> None:
        embedding = work.embedding
        if embedding.method != self._choice:
            return
        if embedding.state == "finished":
            self._done, self.problem = work, ""
        elif embedding.state == "failed":
            self.problem = f"{embedding.method}: {embedding.problem}"

    def _cancel(self) -> None:
        if self._work is not None:
            self._work.embedding.cancel()

    def _notice(self) -> None:
        state = self.state()
        if state != self._told:
            self._told = state
            self._changed()
