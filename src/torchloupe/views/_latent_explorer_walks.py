"""The path and the sheet that somebody put into a scatter, and what the decoder made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..channel import Rejected
from ..reduce import along
from ._latent_explorer_questions import Pictures, Questions, pictures_of
from ._scatter_plane import subscript
from ._scatter_scene import Scene, Window
from ._scatter_walks import Ways, bounds_of, need_pair, sheet_latents

if TYPE_CHECKING:
    from ._scatter_exploring import ExploredScatter

MOST_STOPS = 32
MOST_STEPS = 64
MOST_CELLS = 30

_Floats = NDArray[np.float64]
Asker = tuple[str, int]


@dataclass(frozen=True, eq=False)
class Walked:
    """Latents that were decoded, and where they lie.

    Attributes:
        latents: float64 [S, D].
        pictures: what the decoder made of them.
        moment: when, in words.
    """

    latents: _Floats
    pictures: Pictures
    moment: str


@dataclass(frozen=True, eq=False)
class _Stop:
    latent: _Floats
    place: tuple[float, float]
    turns: int


class Path:
    """Points that were put down, and a walk through them.

    Stops are latents: they stay what they are when another plane is shown.

    Args:
        scatter: whose plane it is.
        questions: asks the decoder.
        changed: called when there is something new to show.
    """

    def __init__(
        self, scatter: ExploredScatter, questions: Questions, changed: Callable[[], None]
    ) -> None:
        self._scatter, self._questions, self._changed = scatter, questions, changed
        self._stops: tuple[_Stop, ...] = ()
        self._steps, self._spherical = 12, False
        self._asker: Asker = "", 0
        self.walked: Walked | None = None

    def add(self, asker: Asker, x: float, y: float) -> None:
        """Put a point down at a place of the plane."""
        scene = self._scatter._projecting.scene
        if scene is None or len(self._stops) >= MOST_STOPS:
            raise Rejected("expected a place for one more point")
        latent = self._scatter._ways(scene).back(np.array([[x, y]]))[0]
        if not np.isfinite(latent.astype(np.float32)).all():
            raise Rejected("expected a place within a float32's range")
        self._stops = *self._stops, _Stop(latent, (x, y), self._scatter._projecting.turns)
        self._walk(asker)

    def drop(self, asker: Asker, *, all_of_it: bool) -> None:
        """Take the last point away, or all."""
        self._stops = () if all_of_it else self._stops[:-1]
        self._walk(asker)

    def pace(self, asker: Asker, steps: int, spherical: bool) -> None:
        """Walk with so many steps, straight or on arcs."""
        if not 2 <= steps <= MOST_STEPS:
            raise Rejected("expected a number of steps")
        self._steps, self._spherical = steps, spherical
        self._walk(asker)

    def traits(self, scene: Scene | None) -> dict[str, Any]:
        """Return what a frame says of it."""
        client, ask = self._asker
        walked, stops = self.walked, self._stops
        pictures = Pictures() if walked is None else walked.pictures
        return {
            "stops": self._places(scene, stops),
            "stop_count": len(stops),
            "steps": self._steps,
            "spherical": self._spherical,
            "path_client": client,
            "path_ask": ask,
            "path_moment": "" if walked is None else walked.moment,
            "path_places": None if walked is None else self._along(scene, walked, stops),
            **pictures.traits("path"),
        }

    def _walk(self, asker: Asker) -> None:
        self._asker = asker
        stops, scene = self._stops, self._scatter._projecting.scene
        if len(stops) < 2 or scene is None or len({len(each.latent) for each in stops}) > 1:
            self.walked = None
        else:
            latents = np.array([each.latent for each in stops])
            self._decode(scene, along(latents, self._steps, spherical=self._spherical))
        self._changed()

    def _decode(self, scene: Scene, latents: _Floats) -> None:
        def keep(walked: Walked) -> None:
            if len(self._stops) > 1:
                self.walked = walked
            self._changed()

        decode_walk(self._scatter, self._questions, "path", scene, latents, keep, len(latents))

    def _places(self, scene: Scene | None, stops: tuple[_Stop, ...]) -> NDArray[np.float32] | None:
        if scene is None or not stops:
            return None
        turns = self._scatter._projecting.turns
        if scene.projected.is_estimate:  # a place can be told of a click here only
            known = all(each.turns == turns for each in stops)
            return np.array([each.place for each in stops], np.float32) if known else None
        return place(self._scatter._ways(scene), np.array([each.latent for each in stops]))

    def _along(
        self, scene: Scene | None, walked: Walked, stops: tuple[_Stop, ...]
    ) -> NDArray[np.float32] | None:
        if scene is None:
            return None
        if not scene.projected.is_estimate:
            return place(self._scatter._ways(scene), walked.latents)
        known = self._places(scene, stops)
        return None if known is None else along(known, len(walked.latents)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Asked:
    count: int = 10
    dimensions: tuple[int, int] | None = None
    window: Window = (-1.0, 1.0, -1.0, 1.0)
    axes: tuple[str, ...] = ("", "")
    asker: Asker = ("", 0)


class Sheet:
    """A grid over what is seen, or over two dimensions, decoded.

    Args:
        scatter: whose plane it is.
        questions: asks the decoder.
        changed: called when there is something new to show.
    """

    def __init__(
        self, scatter: ExploredScatter, questions: Questions, changed: Callable[[], None]
    ) -> None:
        self._scatter, self._questions, self._changed = scatter, questions, changed
        self._asked = _Asked()
        self._shown = _Asked()
        self.walked: Walked | None = None

    def ask(self, asker: Asker, count: int, dimensions: list[float], window: list[float]) -> None:
        """Decode a grid of `count` × `count`."""
        scene = self._scatter._projecting.scene
        if not 2 <= count <= MOST_CELLS or scene is None:
            raise Rejected("expected a number of cells")
        ways = self._scatter._ways(scene)
        if dimensions:
            chosen = _pair(scene, dimensions)
            seen = bounds_of(scene, chosen)
            axes = tuple(subscript(each) for each in chosen)
        else:
            chosen, seen = None, _window(window)
            axes = scene.projected.axes[:2]
        asked = _Asked(count, chosen, seen, axes, asker)
        latents = sheet_latents(ways, None if chosen else seen, count, chosen)
        if not np.isfinite(latents).all():
            raise Rejected("expected a window within a float's range")
        self._asked = asked

        def keep(walked: Walked) -> None:
            self._shown, self.walked = asked, walked
            self._changed()

        decode_walk(self._scatter, self._questions, "sheet", scene, latents, keep, count)
        self._changed()

    def traits(self, scene: Scene | None) -> dict[str, Any]:
        """Return what a frame says of it."""
        walked, shown, (client, ask) = self.walked, self._shown, self._asked.asker
        pictures = Pictures() if walked is None else walked.pictures
        where = None if scene is None or walked is None else self._scatter._ways(scene)
        found = None if where is None or walked is None else place(where, walked.latents)
        return {
            "sheet_count": shown.count,
            "sheet_dimensions": list(shown.dimensions or ()),
            "sheet_window": [float(each) for each in shown.window],
            "sheet_axes": [*shown.axes, ""][:2],
            "sheet_places": found,
            "sheet_client": client,
            "sheet_ask": ask,
            "sheet_moment": "" if walked is None else walked.moment,
            **pictures.traits("sheet"),
        }


def decode_walk(
    scatter: ExploredScatter,
    questions: Questions,
    kind: str,
    scene: Scene,
    latents: _Floats,
    keep: Callable[[Walked], None],
    across: int,
) -> None:
    """Have latents decoded at the next boundary, and what came of it kept."""
    decode = scene.snapshot.details.get("decode")
    small = latents.astype(np.float32)
    if decode is None:
        keep(Walked(latents, Pictures(problem="there is no decoder for what is shown"), ""))
        return

    def answer() -> None:
        run = scatter.run
        moment = f"step {run.step:,}" if run is not None else ""
        keep(Walked(latents, pictures_of(decode, small, across), moment))

    problem = questions.ask(kind, answer)
    if problem:
        keep(Walked(latents, Pictures(problem=problem), ""))


def place(ways: Ways, latents: _Floats) -> NDArray[np.float32] | None:
    """Return where latents lie in the plane that is shown, [S, 2]; None if no rule says so."""
    if latents.shape[1] != ways.scene.latents.shape[1]:
        return None
    found = ways.place(latents)
    return None if found is None else found.astype(np.float32)


def _pair(scene: Scene, dimensions: list[float]) -> tuple[int, int]:
    try:
        return need_pair([int(each) for each in dimensions], scene.latents.shape[1])
    except (TypeError, ValueError) as error:
        raise Rejected(str(error)) from error


def _window(window: list[float]) -> Window:
    if len(window) != 4 or not (window[0] < window[1] and window[2] < window[3]):
        raise Rejected("expected a window")
    return window[0], window[1], window[2], window[3]
