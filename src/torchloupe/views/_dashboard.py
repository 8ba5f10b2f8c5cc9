"""Everything a run has, in one card."""

from __future__ import annotations

import weakref
from typing import Any

import ipywidgets

from ..channel import PUBLISHER
from ..run import NOTEBOOK, Run
from ._architecture_tree import ArchitectureTree
from ._controls import Controls
from ._curves import Curves
from ._image_grid import ImageGrid
from ._latent_scatter import LatentScatter
from ._view import need_run, weakly

_MAKERS = {"points": LatentScatter, "images": ImageGrid, "architecture": ArchitectureTree}
# The order of panes: what one looks at first comes first.
_ORDER = ("points", "images", "architecture")

_DASHBOARDS: weakref.WeakKeyDictionary[Run, Dashboard] = weakref.WeakKeyDictionary()


class Dashboard(ipywidgets.VBox):
    """The controls and a pane for each channel of a run; panes appear as channels do.

    Args:
        run: the run to show. Displaying the run itself shows its one dashboard.
    """

    def __init__(self, run: Run) -> None:
        self.run = need_run(run)
        self._open = True
        self._cells: set[str | None] = set()
        self._curves = Curves(run, title="Curves", standalone=False)
        self._panes: dict[str, Any] = {}
        self._grid = ipywidgets.GridBox()
        self._grid.add_class("tl-panes")
        self._fill()
        self._controls = Controls(run, standalone=False, before=self._fill)
        super().__init__([self._controls, self._grid])
        self.add_class("tl-dashboard")
        run.on_close(weakly(self))

    @classmethod
    def of(cls, run: Run) -> Dashboard:
        """Return the run's one dashboard, made when first needed."""
        found = _DASHBOARDS.get(run)
        if found is None or not found.is_open:
            found = _DASHBOARDS[run] = cls(run)
        return found

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
        _DASHBOARDS.pop(self.run, None)
        for view in (self._controls, self._curves, *self._panes.values()):
            view.close()
        self._grid.close()
        super().close()

    def _fill(self) -> None:
        """Make the panes that are missing (construction, then the publisher's thread only)."""
        if not self._open:
            return
        kinds = {name: probe.kind for name, probe in self.run.probes.items()}
        kinds.update({name: each.kind for name, each in self.run.channels.items()})
        missing = [name for name, kind in kinds.items() if kind in _MAKERS and name not in self._panes]
        for name in missing:
            maker = _MAKERS[str(kinds[name])]
            keywords = {} if maker is ArchitectureTree else {"title": None}
            self._panes[name] = maker(self.run, channel=name, standalone=False, **keywords)
        if missing or not self._grid.children:
            ordered = sorted(self._panes, key=lambda name: _ORDER.index(str(kinds.get(name))))
            self._grid.children = [self._curves, *(self._panes[name] for name in ordered)]

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._closed_by_rerun()
        for view in (self._controls, self._curves.bar, *self._panes.values()):
            view.audience.display()
        PUBLISHER.wake()
        return super()._repr_mimebundle_(**kwargs)

    def _closed_by_rerun(self) -> None:
        """Close when the cell that shows this is run again, unless another cell shows it too."""
        cell = NOTEBOOK.cell
        if cell in self._cells:
            return
        self._cells.add(cell)
        reference = weakref.ref(self)

        def rerun() -> None:
            found = reference()
            if found is not None:
                found._cells.discard(cell)
                if not found._cells:
                    found.close()

        NOTEBOOK.at_rerun(rerun)

    def __repr__(self) -> str:
        return f"Dashboard({self.run!r})"
