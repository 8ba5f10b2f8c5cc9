"""Everything a run has, in one card."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import ipywidgets

from ..channel import PUBLISHER
from ..run import NOTEBOOK, Run
from ._architecture_tree import ArchitectureTree
from ._controls import Controls
from ._curves import Curves
from ._image_grid import ImageGrid
from ._latent_scatter import LatentScatter
from ._output_only import OutputOnly, Part, all_or_nothing
from ._view import end_with, need_run

_MAKERS: dict[str, Callable[..., Any]] = {
    "points": LatentScatter,
    "images": ImageGrid,
    "architecture": ArchitectureTree,
}
# The order of panes: what one looks at first comes first.
_ORDER = list(_MAKERS)

_DASHBOARDS: weakref.WeakValueDictionary[int, Dashboard] = weakref.WeakValueDictionary()


class _Grid(Part, ipywidgets.GridBox):
    pass


class Dashboard(OutputOnly, ipywidgets.VBox):
    """The controls and a pane for each channel of a run; panes appear as channels do.

    Args:
        run: the run to show. Displaying the run itself shows its one dashboard.
    """

    _open = False

    def __init__(self, run: Run) -> None:
        self.run = need_run(run)
        # What is to be called when a cell that shows this is run again, by cell.
        self._reruns: dict[str, Callable[[], None]] = {}
        self._displayed = False
        self._panes: dict[str, Any] = {}
        self._kinds: dict[str, str] = {}
        with all_or_nothing():
            self._curves = Curves(run, title="Curves", standalone=False)
            self._grid = _Grid([self._curves])
            self._grid.add_class("tl-panes")
            self._fill()
            self._controls = Controls(run, standalone=False, before=self._fill, around=self._grid)
            super().__init__([self._controls, self._grid])
            self.add_class("tl-dashboard")
        self._open = True
        _DASHBOARDS.setdefault(id(run), self)
        end_with(run, self)

    @classmethod
    def of(cls, run: Run) -> Dashboard:
        """Return the run's one dashboard, made when first needed."""
        found = _DASHBOARDS.get(id(run))
        return cls(run) if found is None else found

    @property
    def is_open(self) -> bool:
        """Whether it was not closed."""
        return self._open

    @property
    def panes(self) -> dict[str, Any]:
        """The panes by channel name, the curves aside."""
        return dict(self._panes)

    @property
    def controls(self) -> Controls:
        """The row of controls."""
        return self._controls

    @property
    def curves(self) -> Curves:
        """The pane of scalar series."""
        return self._curves

    def bundle(self, text: str) -> Any:
        """Return the MIME bundle to display, with a text for places without widgets."""
        bundle = self._repr_mimebundle_()
        if isinstance(bundle, dict):
            bundle["text/plain"] = text
        return bundle

    def close(self) -> None:
        """Take it off every page."""
        if not self._open:
            return
        self._open = False
        if _DASHBOARDS.get(id(self.run)) is self:
            del _DASHBOARDS[id(self.run)]
        for callback in self._reruns.values():
            NOTEBOOK.forget(callback)
        self._reruns.clear()
        # First the one that makes panes, so that none is made any more.
        for view in (self._controls, self._curves, *self._panes.values()):
            view.close()
        layouts = self.layout, self._grid.layout
        self._grid.close()
        super().close()
        for layout in layouts:
            layout.close()

    def _fill(self) -> None:
        """Make the panes that are missing (construction, then the publisher's thread only)."""
        kinds: dict[str, str | None] = {name: each.kind for name, each in self.run.probes.items()}
        kinds.update({name: each.kind for name, each in self.run.channels.items()})
        made = [self._make(name, kind) for name, kind in kinds.items() if kind in _MAKERS]
        if any(made):
            ordered = sorted(self._panes, key=lambda name: _ORDER.index(self._kinds[name]))
            self._grid.children = [self._curves, *(self._panes[name] for name in ordered)]

    def _make(self, name: str, kind: str) -> bool:
        """Make a channel's pane if it has none of its kind; tell whether the panes changed."""
        if self._kinds.get(name) == kind:
            return False
        keywords = {} if kind == "architecture" else {"title": None}
        self._kinds[name] = kind
        earlier = self._panes.pop(name, None)
        try:
            pane = _MAKERS[kind](self.run, channel=name, standalone=False, **keywords)
        except Exception as error:  # one pane that cannot be is not to cost the others
            self.run.report(f"pane {name!r}", error)
            return earlier is not None
        finally:
            if earlier is not None:
                earlier.close()
        if self._displayed:
            pane.audience.display()
        self._panes[name] = pane
        return True

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._close_at_rerun()
        self._displayed = True
        for view in (self._controls, self._curves.bar, *self.panes.values()):
            view.audience.display()
        PUBLISHER.wake()
        return super()._repr_mimebundle_(**kwargs)

    def _close_at_rerun(self) -> None:
        """Close when the cell that shows this is run again, unless another cell shows it too."""
        cell = NOTEBOOK.cell or ""
        if cell in self._reruns:
            return
        reference = weakref.ref(self)

        def rerun() -> None:
            found = reference()
            if found is not None:
                del found._reruns[cell]
                if not found._reruns:
                    found.close()

        self._reruns[cell] = rerun
        # Without cells, another run of this name stands for the same cell run again.
        NOTEBOOK.at_rerun(rerun, None if cell else f"run {self.run.name}")

    def __repr__(self) -> str:
        return f"Dashboard({self.run!r})"
