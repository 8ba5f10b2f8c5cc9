"""More to steer of a scatter: its plane, the latent's dimensions, walks, sheets and measures."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from traitlets import Bool, Dict, Float, Int, List, Unicode

from ..channel import BOOLEAN, COUNT, NUMBER, PUBLISHER, Rejected
from ..reduce import DEFINITIONS
from ._embedding import lacking
from ._latent_explorer_dimensions import NO_MEASURES, Extents, describe_measured
from ._latent_explorer_questions import Questions
from ._latent_explorer_walks import Path, Sheet
from ._scatter_projection import need_projection
from ._scatter_scene import Scene
from ._scatter_selection import NUMBERS, WORD
from ._scatter_traits import Parts
from ._traits import Array, synced
from ._view import View, bundle, style

if TYPE_CHECKING:
    from ._scatter_exploring import ExploredScatter

_NAMES = {None: "", "pca": "PCA"}


class LatentExplorer(View):
    """Steer a scatter from the page: made by its `explore`, shown beneath its plot.

    Args:
        scatter: what it steers.
    """

    _esm = bundle("latent_explorer")
    _css = style("latent_explorer")
    follows_cursor = True
    events = {
        "project": {"name": WORD, "dimensions": NUMBERS},
        "cancel": {},
        "slide": {"dimension": COUNT, "value": NUMBER, "ask": COUNT},
        "centre": {"ask": COUNT},
        "stop": {"x": NUMBER, "y": NUMBER, "ask": COUNT},
        "unstop": {"all": BOOLEAN, "ask": COUNT},
        "walk": {"steps": COUNT, "spherical": BOOLEAN, "ask": COUNT},
        "sheet": {"count": COUNT, "dimensions": NUMBERS, "window": NUMBERS, "ask": COUNT},
        "show": {"of": WORD, "index": COUNT, "ask": COUNT},
        "measure": {},
    }

    decodable = synced(Bool())
    """Whether anything is decoded."""
    projection = synced(Unicode())
    """`dimensions`, `PCA`, `t-SNE` or `UMAP`: what was chosen."""
    chosen = synced(List(Int()))
    """The raw dimensions that are the axes, or would be."""
    words = synced(Unicode())
    """Which plane is shown, in words, with its share of the variance."""
    progress = synced(Float(-1.0))
    """How far an embedding is, 0 to 1; -1 if none is under way."""
    unavailable = synced(Dict())
    """Why a projection cannot be had, by name; those that can are not in it."""
    lows = Array()
    """float32 [D]: where each dimension's slider begins: at the least value, or mean - 3 sd."""
    highs = Array()
    """float32 [D]: where it ends."""
    latent = Array()
    """float32 [D]: the latent that was last asked for; the mean before."""
    latent_ask = synced(Int())
    """The number that its asker gave the newest question about it."""
    latent_client = synced(Unicode())
    """Its asker."""
    stops = Array()
    """float32 [K, 2]: the places of the points that a path leads through; None of none, or where
    they have none in the plane that is shown."""
    stop_count = synced(Int())
    """How many there are."""
    steps = synced(Int(12))
    """How many images the walk along it has."""
    spherical = synced(Bool())
    """Whether it goes on arcs around 0."""
    path_client = synced(Unicode())
    """Who changed it last."""
    path_ask = synced(Int())
    """The number that they gave it."""
    path_places = Array()
    """float32 [S, 2]: where each image of the walk lies; None where that cannot be told."""
    path_images = Array()
    """uint8 [S, H, W, C]: 0 to 254 along `path_range`, 255 for what is not finite."""
    path_range = synced(List())
    """[lowest, highest] value drawn of them."""
    path_moment = synced(Unicode())
    """When they were decoded."""
    path_problem = synced(Unicode())
    """Why there are none, or empty."""
    sheet_client = synced(Unicode())
    """Who asked for a sheet last."""
    sheet_ask = synced(Int())
    """The number that they gave it."""
    sheet_count = synced(Int(10))
    """How many cells an axis."""
    sheet_dimensions = synced(List(Int()))
    """The two dimensions that it goes through; empty for the plane that was shown."""
    sheet_window = synced(List())
    """[x0, x1, y0, y1] of it."""
    sheet_axes = synced(List(Unicode()))
    """The names of its axes."""
    sheet_places = Array()
    """float32 [N, 2]: where each cell lies in the plane that is shown; None where none does."""
    sheet_images = Array()
    """uint8 [N, H, W, C]: top left first; 0 to 254 along `sheet_range`, 255 for not finite."""
    sheet_range = synced(List())
    """[lowest, highest] value drawn of them."""
    sheet_moment = synced(Unicode())
    """When they were decoded."""
    sheet_problem = synced(Unicode())
    """Why there are none, or empty."""
    measured = synced(Dict())
    """Numbers by name: agreement, chance, silhouette (None if unknown), sampled, neighbours, and
    `of`: when; empty before the first."""
    measuring = synced(Bool())
    """Whether they are being found."""
    variance = Array()
    """float32 [D]: the variance of each dimension; None before it is measured."""
    divergence = Array()
    """float32 [D]: its KL from N(0, 1) in nats."""
    flags = Array()
    """uint8 [D]: 1 active, 2 dead, 4 collapsed, added up."""
    definitions = synced(Dict())
    """What each measure is."""

    def __init__(self, scatter: ExploredScatter) -> None:
        self._scatter = scatter
        self._turn = self._shown_turn = 0
        self._latent_asker = "", 0
        self._measures_asked = False
        self._parts = Parts()
        self._extents = Extents()
        names = ("t-SNE", "UMAP")
        self._unavailable = {name: lacking(name) for name in names if lacking(name)}
        questions = Questions(scatter._answering, f"explorer of {scatter.view_id}")
        self._path = Path(scatter, questions, self._changed)
        self._sheet = Sheet(scatter, questions, self._changed)
        super().__init__(scatter.run, standalone=False)

    @property
    def is_open(self) -> bool:
        """Whether it was not closed."""
        return self._open

    @property
    def standing(self) -> NDArray[np.float64]:
        """The latent [D] that the sliders stand at: the last one asked for, or the mean."""
        middle = self._extents.middle
        pointer = self._scatter._decoding.question.latent
        return (pointer if len(pointer) == len(middle) else middle).astype(np.float64)

    def content(self) -> dict[str, Any]:
        """Return where everything stands that can be steered."""
        self._shown_turn = self._turn
        scene = self._scatter._current()
        (client, ask), measuring = self._latent_asker, self._scatter._measuring
        return {
            "title": "Explore",
            "summary": "" if scene is None else scene.projected.words,
            "problem": "",
            **self._plane(scene),
            **self._extents.traits(scene),
            "latent": self._latent(scene),
            "latent_client": client,
            "latent_ask": ask,
            **self._kept("path", scene),
            **self._kept("sheet", scene),
            **self._measured(scene),
            "measuring": measuring.is_busy,
            "definitions": dict(DEFINITIONS),
        }

    def version(self) -> Hashable:
        """Differ with the plane, the latent, and each answer."""
        scatter = self._scatter
        beside = scatter._projecting.state(), scatter._measuring.state(), self.can_wait()
        asked = scatter._decoding.count, self._turn, scatter._measuring.is_busy
        return scatter._channel.version(), *beside, *asked

    def urgent(self) -> bool:
        """Somebody waits for an answer."""
        return self._turn != self._shown_turn or super().urgent()

    def _changed(self) -> None:
        self._turn += 1
        PUBLISHER.wake()

    def _plane(self, scene: Scene | None) -> dict[str, Any]:
        projecting = self._scatter._projecting
        choice, share = projecting.choice, projecting.share()
        width = 2 if scene is None else scene.latents.shape[1]
        chosen = projecting.raw_of(scene) if scene is not None else None
        name = _NAMES.get(choice, choice) if not isinstance(choice, tuple) else "dimensions"
        decode = None if scene is None else scene.snapshot.details.get("decode")
        return {
            "decodable": decode is not None,
            "projection": name or ("dimensions" if width <= 2 else "PCA"),
            "chosen": list(chosen or range(min(2, width))),
            "words": "" if scene is None else scene.projected.words,
            "progress": -1.0 if share is None else round(share, 2),
            "unavailable": self._unavailable,
        }

    def _latent(self, scene: Scene | None) -> Any:
        if scene is None:
            return None
        key, latent = (scene.snapshot.version, self._scatter._decoding.count), self.standing
        made = self._parts.make("latent", key, lambda: {"latent": latent.astype(np.float32)})
        return made["latent"]

    def _kept(self, name: str, scene: Scene | None) -> dict[str, Any]:
        """Return the traits of the path or the sheet, made anew when it or the plane changed."""
        of = self._path if name == "path" else self._sheet
        key = self._turn, 0 if scene is None else scene.serial, self._scatter._projecting.turns
        return self._parts.make(name, key, lambda: of.traits(scene))

    def _measured(self, scene: Scene | None) -> dict[str, Any]:
        measuring = self._scatter._measuring
        if scene is not None and self._measures_asked and not measuring.is_busy:
            self._measures_asked = False
            measuring.words(scene.snapshot, may_begin=self._open)
        found = measuring.found
        if found is None:
            return dict(NO_MEASURES)
        snapshot, measures = found
        moment = self._scatter._channel.moment(snapshot) if self.run is not None else ""
        return self._parts.make(
            "measures", snapshot.version, lambda: describe_measured(measures, moment)
        )

    # -- what the page says -------------------------------------------------------------------

    def _on_project(self, _client: str, name: str, dimensions: list[float]) -> None:
        choice = [int(each) for each in dimensions] if name == "dimensions" else name
        if name in self._unavailable:
            raise Rejected("expected a projection that can be had")
        width = self._scatter._width()
        try:
            self._scatter.projection = need_projection(choice, width)
        except (TypeError, ValueError) as error:
            raise Rejected(str(error)) from error
        self._changed()

    def _on_cancel(self, _client: str) -> None:
        self._scatter._projecting.give_up()
        self._scatter._asked()
        self._changed()

    def _on_slide(self, client: str, dimension: int, value: float, ask: int) -> None:
        latent = self.standing
        if dimension >= len(latent) or not np.isfinite(np.float32(value)):
            raise Rejected("expected a dimension and a float32")
        latent[dimension] = value
        self._point_at(latent, client, ask)

    def _on_centre(self, client: str, ask: int) -> None:
        self._point_at(self._extents.middle, client, ask)

    def _on_stop(self, client: str, x: float, y: float, ask: int) -> None:
        self._path.add((client, ask), x, y)

    def _on_unstop(self, client: str, all: bool, ask: int) -> None:  # noqa: A002  the field's name
        self._path.drop((client, ask), all_of_it=all)

    def _on_walk(self, client: str, steps: int, spherical: bool, ask: int) -> None:
        self._path.pace((client, ask), steps, spherical)

    def _on_sheet(
        self, client: str, count: int, dimensions: list[float], window: list[float], ask: int
    ) -> None:
        self._sheet.ask((client, ask), count, dimensions, window)

    def _on_show(self, client: str, of: str, index: int, ask: int) -> None:
        """Decode one image of the path or the sheet alone, and point at its place."""
        walked = {"path": self._path.walked, "sheet": self._sheet.walked}.get(of)
        if walked is None or index >= len(walked.latents):
            raise Rejected("expected an image that is there")
        self._point_at(walked.latents[index], client, ask)

    def _on_measure(self, _client: str) -> None:
        self._measures_asked = True
        self._changed()

    def _point_at(self, latent: Any, client: str, ask: int) -> None:
        if not len(latent) or not self._scatter._point_at(latent, client, ask):
            raise Rejected("expected something that decodes")
        self._latent_asker = client, ask
        self._changed()
