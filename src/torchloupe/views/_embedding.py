"""t-SNE and UMAP beside the training: in a thread, with progress, a way out and a warm start."""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .. import outside
from ..reduce import aligned, evenly, finite_rows, fit_pca, need_rows

Method = Literal["t-SNE", "UMAP"]
State = Literal["running", "finished", "cancelled", "failed"]

_EXTRAS = {"t-SNE": ("sklearn.manifold", "lab"), "UMAP": ("umap", "umap")}
_STEPS = {"t-SNE": (1_000, 500), "UMAP": (500, 200)}  # from the start, and from an earlier one
_FEWEST = 5  # below, there are no neighbourhoods to be kept: the principal components serve
_WIDEST = 50
_PERPLEXITY, _NEIGHBOURS = 30.0, 15  # the libraries' own defaults
_EXAGGERATION = 12.0
_PREPARED = 0.05  # of the progress, once the neighbours are known

_Floats = NDArray[np.float64]


class Embedding:
    """Embed latents in the plane by t-SNE (van der Maaten 2008, 2014) or UMAP (McInnes 2018).

    It begins at once, in a thread of its own, and raises nothing there: `problem` says what went
    wrong. The same latents, seed and earlier embedding give the same points on one machine. Beyond
    50 dimensions the first 50 principal components are embedded. It starts from the principal
    plane, which keeps the large-scale order (Kobak, Linderman 2021), or from an earlier embedding,
    without the exaggerated phase; then the points are turned onto the earlier ones.

    Args:
        latents: [N, D]; rows that are not finite are left out.
        method: "t-SNE", which needs scikit-learn (the extra `lab`), or "UMAP", which needs
            umap-learn (the extra `umap`).
        seed: of what is random.
        most: at most so many rows are embedded, evenly spaced.
        earlier: an embedding of the same samples to start from; rows that it lacks begin amid the
            others. One that has no points is as none.
        on_change: called in the thread after each step and at the end; must not raise.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """

    def __init__(
        self,
        latents: Any,
        method: Method = "t-SNE",
        *,
        seed: int = 0,
        most: int = 5_000,
        earlier: Embedding | None = None,
        on_change: Callable[[], object] | None = None,
    ) -> None:
        rows = _need_arguments(latents, method, most)
        known = np.flatnonzero(finite_rows(rows))
        self.method: Method = method
        self.total = len(rows)
        self.indices: NDArray[np.int64] = known[evenly(len(known), most)]
        self.points: _Floats | None = None
        self.problem = ""
        self.progress = 0.0
        self.state: State = "running"
        #: whether its thread is gone too, which may be later than `cancel`
        self.ended = False
        self._seed = seed
        self._on_change = on_change
        self._stop = threading.Event()
        self._over = threading.Event()
        self._ending = threading.Lock()
        sample = _scaled(rows[self.indices].astype(np.float64))
        start = None if earlier is None else earlier._at(self.indices)
        try:
            outside.start_thread(lambda: self._work(sample, start), "embedding")
        except Exception as error:  # no thread is to be had: said, not raised into a view
            self.ended = True
            self._end("failed", problem=_said(error))

    def cancel(self) -> None:
        """Stop; `state` says so at once, the thread ends at its next step.

        While it still looks for neighbours or imports a library, its next step is after that.
        """
        self._stop.set()
        self._end("cancelled")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, whichever it is; return whether it came within `timeout` seconds."""
        return self._over.wait(timeout)

    def _at(self, indices: NDArray[np.int64]) -> _Floats | None:
        """Return the points [n, 2] of these samples, NaN where there is none; None of none."""
        if self.points is None:
            return None
        found = np.full((len(indices), 2), np.nan)
        _, here, there = np.intersect1d(indices, self.indices, return_indices=True)
        found[here] = self.points[there]
        return found if len(here) else None

    def _work(self, sample: _Floats, start: _Floats | None) -> None:
        try:
            points = self._embedded(sample, start)
            if not np.isfinite(points).all():
                raise FloatingPointError(f"{self.method} gave points that are not finite")
            self.ended = True
            self._end("finished", points=points)
        except _Cancelled:
            pass
        except BaseException as error:  # a library may raise anything; nothing leaves the thread
            self.ended = True
            self._end("failed", problem=_said(error))
        finally:
            self.ended = True

    def _embedded(self, sample: _Floats, start: _Floats | None) -> _Floats:
        if len(sample) < _FEWEST:
            return _plane(sample)
        if sample.shape[1] > _WIDEST:
            sample = fit_pca(sample, _WIDEST).project(sample)
        random = np.random.default_rng(self._seed)
        steps = _STEPS[self.method][start is not None]
        begin = _plane(sample) if start is None else _filled(start, random)
        spread = float(begin.std(0).max())
        if spread > 0 and (start is None or self.method == "UMAP"):
            begin = (begin - begin.mean(0)) / spread
        # No two points in one place, no axis without extent: neither library would part them.
        begin = begin + 1e-4 * (spread or 1.0) * random.standard_normal(begin.shape)
        embed = _by_tsne if self.method == "t-SNE" else _by_umap
        points = embed(sample, begin, steps, start is not None, self._seed, self._step(steps))
        return points if start is None else aligned(points, start)

    def _step(self, steps: int) -> Callable[[], None]:
        done = 0

        def step() -> None:
            nonlocal done
            if self._stop.is_set():
                raise _Cancelled
            done += 1
            self.progress = _PREPARED + (1 - _PREPARED) * min(done / steps, 1.0)
            if self._on_change is not None:
                self._on_change()

        return step

    def _end(self, state: State, *, points: _Floats | None = None, problem: str = "") -> None:
        with self._ending:  # whoever comes first: the work, or who cancels it
            if self._over.is_set():
                return
            self.points, self.problem, self.state = points, problem, state
            self.progress = 1.0 if state == "finished" else self.progress
            self._over.set()
        if self._on_change is not None:
            self._on_change()


class _Cancelled(BaseException):
    """Unwinds the library's stack; not an Exception, which it might take for its own."""


class _Rate(float):
    """A learning rate that notices every step.

    Neither library has a hook, but each multiplies by its learning rate, a public parameter, once
    a step. One that stopped doing so would still embed: without progress, and cancelled only at
    its end.
    """

    step: Callable[[], None]

    def __new__(cls, value: float, step: Callable[[], None]) -> _Rate:
        rate = super().__new__(cls, value)
        rate.step = step
        return rate

    def __mul__(self, other: Any) -> Any:
        self.step()
        return np.float64(self) * other  # as scikit-learn's own, so that not a bit differs


def _by_tsne(
    sample: _Floats, begin: _Floats, steps: int, warm: bool, seed: int, step: Callable[[], None]
) -> _Floats:
    count = len(sample)
    library = _library("t-SNE")
    # scikit-learn's own rate (Belkina 2019), which it does not tell when it is given none.
    rate = max(count / _EXAGGERATION / 4, 50.0)
    model = library.TSNE(
        perplexity=min(_PERPLEXITY, (count - 1) / 3),
        early_exaggeration=1.0 if warm else _EXAGGERATION,
        learning_rate=_Rate(rate, step),
        max_iter=steps,
        init=(begin if warm else 1e-4 * begin).astype(np.float32),
        random_state=seed,
    )
    # One thread: sums in the order of the samples are the same each time, and training keeps the
    # other cores. OpenMP keeps this limit by thread.
    with importlib.import_module("threadpoolctl").threadpool_limits(1, "openmp"):
        return model.fit_transform(sample.astype(np.float32)).astype(np.float64)


def _by_umap(
    sample: _Floats, begin: _Floats, steps: int, warm: bool, seed: int, step: Callable[[], None]
) -> _Floats:
    model = _library("UMAP").UMAP(
        n_neighbors=min(_NEIGHBOURS, len(sample) - 1),
        learning_rate=_Rate(0.25 if warm else 1.0, step),
        n_epochs=steps,
        init=begin.astype(np.float32),
        random_state=seed,
        n_jobs=1,  # what a seed asks for
    )
    return model.fit_transform(sample.astype(np.float32)).astype(np.float64)


def lacking(method: Method) -> str:
    """Say what has to be installed before a method can be used, or nothing."""
    module, extra = _EXTRAS[method]
    if importlib.util.find_spec(module.partition(".")[0]) is not None:
        return ""
    return f'{method} needs the extra `{extra}`: pip install "torchloupe[{extra}]"'


def _library(method: Method) -> Any:
    module, extra = _EXTRAS[method]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f'{method} needs the extra `{extra}`: pip install "torchloupe[{extra}]" ({error})'
        ) from error


def _scaled(sample: _Floats) -> _Floats:
    """Move and scale the whole to about 1, which matters to neither method but to float32."""
    if sample.size:
        sample /= np.abs(sample).max() or 1.0
        sample -= sample.mean(0)
        sample /= np.abs(sample).max() or 1.0
    return sample


def _plane(sample: _Floats) -> _Floats:
    return fit_pca(sample).project(sample)


def _filled(start: _Floats, random: np.random.Generator) -> _Floats:
    """Put the rows that an earlier embedding lacks near the middle of it."""
    known = finite_rows(start)
    noise = start[known].std(0) * random.standard_normal(start.shape)
    return np.where(known[:, None], start, start[known].mean(0) + 0.1 * noise)


def _need_arguments(latents: Any, method: str, most: int) -> NDArray[Any]:
    rows = need_rows(latents, "latents")
    if method not in _EXTRAS:
        raise ValueError(f"method is {method!r}; expected one of {', '.join(_EXTRAS)}")
    if most < 1:
        raise ValueError(f"most is {most}; expected 1 or more")
    return rows


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
