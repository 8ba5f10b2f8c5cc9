"""A model's modules as a tree that folds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

import anywidget
from traitlets import Bool, Int, List, Unicode

from ..channel import PUBLISHER, Rejected
from ..run import Run
from ..tap import Architecture, describe
from ._health import ModuleHealth
from ._source import Channel
from ._telling import report_failure
from ._traits import Array, synced
from ._tree_metrics import metric_traits
from ._tree_selection import PATH, SelectedModule
from ._tree_table import Table, empty_traits, failed_place
from ._view import View, bundle, need_run, need_title, style
from ._weights import Weights

_MOST_NAMED = 5


class ArchitectureTree(View):
    """Show each module's class, output shape, parameters, operations and share of all parameters.

    The tree folds, is searched and sorted, and copies the path of a module as Python. Siblings that
    are built alike stand in one line. Where the forward pass failed it is open at the first.

    Args:
        model_or_run: a model, its `tl.describe(…)`, or a run.
        *inputs: with a model, one example input, for the shapes.
        run: with a model, the run that trains it. What its `tl.Health` probe measures then colours
            the lines; if it has none of this model, one is added.
        channel: of a run, the channel to show; the first with an architecture by default.
        title: the header.

    Raises:
        TypeError: an argument is not of this kind; the message names it.
    """

    _esm = bundle("architecture_tree")
    _css = style("architecture_tree")
    events = {"select": {"path": PATH}, "inside": {}}

    texts = synced(List())
    """Every text of the table once; the first is empty."""
    depths = Array()
    """Whole numbers [N], one a line, parents first: how deep it stands, 0 for the model."""
    flags = Array()
    """Whole numbers [N], a sum: 1 several modules alike, 2 frozen, 4 failed here, 8 shared."""
    names = Array()
    """Indices into `texts` [N]: the last part of the path; of several modules `"(1–5)"`."""
    types = Array()
    """Indices into `texts` [N]: the class."""
    settings = Array()
    """Indices into `texts` [N]: the settings, short."""
    full_settings = Array()
    """Indices into `texts` [N]: the settings in full, where they are more than that."""
    steps = Array()
    """Indices into `texts` [N]: what leads here from the parent in Python; "" for `.name`."""
    inputs = Array()
    """Indices into `texts` [N]: shapes of what the module was called with."""
    outputs = Array()
    """Indices into `texts` [N]: shapes of what it returned."""
    kinds = Array()
    """Indices into `texts` [N]: dtype and device of its parameters."""
    notes = Array()
    """Indices into `texts` [N]: frozen, shared, called how often, failed why."""
    parameters = Array()
    """Whole numbers [N]: how many numbers it and its children hold in parameters."""
    own_parameters = Array()
    """Whole numbers [N]: the same without its children."""
    trainable = Array()
    """Whole numbers [N]: how many of `parameters` require a gradient."""
    buffers = Array()
    """Whole numbers [N]: how many numbers it and its children hold in buffers."""
    flops = Array()
    """Whole numbers [N]: floating-point operations of its calls."""
    activation_bytes = Array()
    """Whole numbers [N]: the size of what its calls returned."""
    metrics = synced(List())
    """Further columns, each `{key, label, unit, kind}`; `kind` is sequential, diverging or flag."""
    metric_values = Array()
    """float32 [M, N]: their values, NaN where unknown; None if there are no metrics."""
    measured = synced(Unicode())
    """When they were measured, and how often they are; empty if there are no metrics."""
    expanded_depth = synced(Int(1))
    """How deep the tree is open at first."""
    failed = synced(Unicode())
    """Why there are no (or not all) shapes; empty if all are known."""
    failed_line = synced(Int(-1))
    """The line of the module in which the forward pass failed; -1 if there is none."""
    chosen = synced(Int(-1))
    """The line of the selected module; -1 if there is none."""
    chooser = synced(Unicode())
    """The client that selected it; empty if Python did."""
    has_model = synced(Bool())
    """Whether the modules themselves are at hand."""
    inside = synced(anywidget.WidgetTrait())
    """The parameters of the selected module, once somebody wanted to see them."""
    shown_asks = synced(Int(0))
    """How often Python asked to have the selected module shown."""

    def __init__(
        self,
        model_or_run: Any,
        *inputs: Any,
        run: Run | None = None,
        channel: str | None = None,
        title: str = "Architecture",
        standalone: bool = True,
    ) -> None:
        given = model_or_run if isinstance(model_or_run, Run) else None
        if given is not None and run is not None:
            raise TypeError("run: expected None where the first argument is a run")
        if given is not None and inputs:
            channel, *inputs_left = inputs
            if inputs_left:
                raise TypeError("inputs: a run has its own example; expected a channel's name only")
        self._channel = Channel(given, "architecture", channel)
        self._model: Any = None
        self._fixed = None
        if isinstance(model_or_run, Architecture):
            if inputs:
                raise TypeError("inputs: expected none with a description")
            self._fixed = model_or_run
        elif given is None:
            self._model = model_or_run
            self._fixed = describe(self._model, *inputs)
        self._title = need_title(title) or "Architecture"
        bound = given if run is None else need_run(run)
        self._health = ModuleHealth(bound, self._model, inputs if given is None else ())
        self._weights: Weights | None = None
        self._wants_inside = False
        self._looked_inside: str | None = None
        self._made: tuple[Hashable, Table | None, int] = ((), None, -1)
        failed = partial(report_failure, bound)
        self._selection = SelectedModule(self._find, PUBLISHER.wake, failed)
        super().__init__(bound, standalone=standalone)

    @property
    def selected(self) -> str | None:
        """The path of the selected module; None if nothing is selected."""
        return self._selection.path

    @property
    def module(self) -> Any:
        """The selected module itself; None if none is, or if only a description is known."""
        path = self._selection.path
        return None if path is None else self._find(path)

    def select(self, path: str) -> None:
        """Select a module; the tree opens and scrolls to it.

        Args:
            path: as in `named_modules`; `""` is the model itself.

        Raises:
            TypeError: `path` is not a text.
            ValueError: the tree has no such module.
        """
        if not isinstance(path, str):
            raise TypeError(f"path: expected a module's path, got {type(path).__name__}")
        table = self._table()[0]
        if table is None or path not in table.places:
            raise ValueError(f"path: no module {path!r} in the tree{_likely(path, table)}")
        self._selection.set(path)

    def on_select(self, callback: Callable[[Any, str], Any], remove: bool = False) -> None:
        """Call `callback(module, path)` whenever another module was selected, on the page or here.

        What it raises in answer to the page is reported and does no harm; it must not wait for the
        page.

        Args:
            callback: given the module itself (None if only a description is known) and its path.
            remove: call it no longer.
        """
        self._selection.telling.on_change(callback, remove)

    def content(self) -> dict[str, Any]:
        """Return the tree's lines as columns, and what is selected."""
        table, failed_line = self._table()
        path, chooser, asks = self._selection.state
        chosen = -1 if table is None or path is None else table.places.get(path, -1)
        metrics, measured = self._health.read()
        return {
            "title": self._title,
            **(empty_traits() if table is None else table.traits),
            **metric_traits(metrics, [] if table is None else table.lines),
            "measured": measured,
            "failed_line": failed_line,
            "chosen": chosen,
            "chooser": chooser,
            "has_model": self._model is not None,
            "inside": self._inside(path),
            "shown_asks": asks,
        }

    def version(self) -> Hashable:
        """Differ with each description, and with what is selected."""
        wanted = self._wants_inside, self._selection.state
        return self._channel.version(), self._health.version(), wanted

    def urgent(self) -> bool:
        """Somebody waits to see what was selected."""
        return self._selection.state[2] != self.shown_asks or super().urgent()

    def close(self) -> None:
        """Take the view off every page."""
        if self._open:
            super().close()
            self._selection.telling.close()
            if self._weights is not None:
                self._weights.close()
            self._model = None

    def _table(self) -> tuple[Table | None, int]:
        """Return the newest table and where in it the model failed; made once a description."""
        snapshot = self._channel.newest()
        version = 0 if snapshot is None else snapshot.version
        known, table, failed_line = self._made
        if known != version:
            found = self._fixed or (snapshot and snapshot.details["architecture"])
            architecture = _read(found) if found else None
            table, failed_line = None, -1
            if architecture is not None:
                table = Table.of(architecture, self._model)
                failed_line = failed_place(architecture, table)
            self._made = version, table, failed_line
        return table, failed_line

    def _find(self, path: str) -> Any:
        """Return the module of that path, if the model is known and still has it."""
        try:
            return None if self._model is None else self._model.get_submodule(path)
        except AttributeError:
            return None

    def _inside(self, path: str | None) -> Weights | None:
        """Return the view of the selected module's parameters, made when first wanted."""
        module = None if path is None or not self._wants_inside else self._find(path)
        if module is not None and self._weights is None:
            self._weights = Weights(module, run=self.run, standalone=False)
        if module is not None and self._weights is not None and path != self._looked_inside:
            self._weights.show(module, path or "model")
            self._looked_inside = path
        return self._weights

    def _on_inside(self, _client: str) -> None:
        self._wants_inside = True
        PUBLISHER.wake()

    def _on_select(self, client: str, path: str) -> None:
        table = self._made[1]
        if table is None or path not in table.places:
            raise Rejected("no such module")
        self._selection.take(path, client)


def _read(found: Architecture | Mapping[str, Any]) -> Architecture:
    """Return an architecture, also where it comes from a run's directory, as plain data."""
    return Architecture.from_dict(found) if isinstance(found, Mapping) else found


def _likely(path: str, table: Table | None) -> str:
    """Name a few modules whose paths end like the one that was not found."""
    last = path.rpartition(".")[2]
    found = [each for each in (table.places if table else ()) if each and each.endswith(last)]
    return f"; did you mean {', '.join(map(repr, found[:_MOST_NAMED]))}?" if last and found else ""
