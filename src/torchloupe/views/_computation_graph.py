"""A model's computation graph, whose modules open and close."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

import anywidget
from traitlets import Dict, List, Unicode

from ..channel import COUNT, PUBLISHER, Rejected
from ..run import Run
from ..tap import Graph, GraphGroup, GraphNode, autograd_graph_of, graph_of
from ._computation_graph_choice import Choice, Chosen
from ._computation_graph_layouter import layouter_for, leave_layouter
from ._computation_graph_metrics import describe_metrics
from ._computation_graph_pack import bounded, pack
from ._health import ModuleHealth
from ._telling import report_failure
from ._traits import synced
from ._view import View, bundle, need_title, style


class ComputationGraph(View):
    """Show what flows from which module to which, with modules that open at a click.

    Args:
        model_or_graph: a model; or a `Graph`; or a tensor, whose autograd graph is then shown.
        *inputs: with a model, one example of what it is called with. Only shapes matter.
        run: a run that it belongs to: it closes with the run. With a model, what the run's
            `tl.Health` probe measures colours the nodes; if it has none of it, one is added.
        title: the header; the model's class by default.
        model: with a tensor, the model whose parameters are called by their names.
        **kwargs: with a model, keyword arguments that it is called with.

    Raises:
        TypeError: an argument is not of this form; the message names it.
        ValueError: the tensor does not require a gradient.
    """

    _esm = bundle("computation_graph")
    _css = style("computation_graph")
    events = {"select": {"index": COUNT}}

    graph_data = synced(Dict())
    """The graph as rows of numbers and tables of texts and shapes; empty of none."""
    failure = synced(Unicode())
    """Why the graph is not complete; empty if it is."""
    failed = synced(Unicode())
    """Id of the node or group that failed; empty if none did, or the model's own code."""
    left_out = synced(Unicode())
    """What is left out because there is too much of it; empty if nothing is."""
    chosen = synced(Unicode())
    """Id of the selected node or group; empty of none."""
    metrics = synced(List(Dict()))
    """What may colour the nodes: key, label, unit, kind (`sequential`, `diverging`, `flag`) and
    values by id, None where one is not finite."""
    measured = synced(Unicode())
    """When they were measured, and how often they are; empty if there are none."""
    metric = synced(Unicode())
    """Key of the one that does; empty of none."""
    layouter = synced(anywidget.WidgetTrait())
    """Where the page finds the program that lays graphs out."""

    def __init__(
        self,
        model_or_graph: Any,
        /,
        *inputs: Any,
        run: Run | None = None,
        title: str | None = None,
        model: Any = None,
        standalone: bool = True,
        **kwargs: Any,
    ) -> None:
        if run is not None and not isinstance(run, Run):
            raise TypeError(f"run: expected a torchloupe.Run, got {type(run).__name__}")
        given_title = need_title(title)
        self._graph = _graph_from(model_or_graph, inputs, kwargs, model)
        self._title = given_title or self._graph.title or "Graph"
        shown, self._left_out = bounded(self._graph)
        self._packed = pack(shown)
        self._places: list[GraphNode | GraphGroup] = [*shown.nodes, *shown.groups]
        known = model_or_graph if hasattr(model_or_graph, "named_modules") else None
        self._health = ModuleHealth(run, known, inputs)
        self._described: tuple[Hashable, list[dict[str, Any]], str] = (None, [], "")
        self._choice = Choice(PUBLISHER.wake, partial(report_failure, run))
        try:
            super().__init__(run, standalone=standalone)
        except BaseException:
            leave_layouter(self)
            raise

    @property
    def graph(self) -> Graph:
        """The graph, as plain data."""
        return self._graph

    @property
    def selected(self) -> Chosen:
        """The selected `GraphNode` or `GraphGroup`, or None. Set one, or its id, to select it.

        Raises:
            TypeError: what is set is none of these.
            KeyError: there is no node or group of that id.
        """
        return self._choice.state[1]

    @selected.setter
    def selected(self, chosen: GraphNode | GraphGroup | str | None) -> None:
        if chosen is None or chosen == "":
            self._choice.set(None)
            return
        id_ = chosen if isinstance(chosen, str) else getattr(chosen, "id", None)
        if not isinstance(id_, str):
            expected = "expected a node or group, its id, or None"
            raise TypeError(f"selected: {expected}, got {type(chosen).__name__}")
        found = next((each for each in self._places if each.id == id_), None)
        if found is None:
            raise KeyError(f"selected: there is no node or group {id_!r}")
        self._choice.set(found)

    def on_select(self, callback: Callable[[Chosen], Any], remove: bool = False) -> None:
        """Call `callback(selected)` whenever the selection has changed, on the page or here.

        What it raises in answer to the page is reported and does no harm; it must not wait for the
        page. `selected.path` leads to the module: `model.get_submodule(selected.path)`.

        Args:
            callback: given what `selected` is.
            remove: call it no longer.
        """
        self._choice.telling.on_change(callback, remove)

    def to_dot(self) -> str:
        """Return the whole graph in Graphviz's language, with a cluster for each group."""
        return self._graph.to_dot()

    def content(self) -> dict[str, Any]:
        """Return the graph, what is selected, and what colours it."""
        chosen = self._choice.state[1]
        metrics, measured = self._metrics()
        return {
            "title": self._title,
            "summary": self._summary(),
            "graph_data": self._packed,
            "failure": self._graph.failure,
            "failed": self._graph.failed,
            "left_out": self._left_out,
            "chosen": "" if chosen is None else chosen.id,
            "metrics": metrics,
            "measured": measured,
            "metric": metrics[0]["key"] if metrics else "",
            "layouter": layouter_for(self),
        }

    def version(self) -> Hashable:
        """Differ with what is selected, and with the numbers that colour."""
        return self._choice.state[0], self._health.version()

    def close(self) -> None:
        """Take the view off every page."""
        if self._open:
            super().close()
            leave_layouter(self)
            self._choice.telling.close()

    def _metrics(self) -> tuple[list[dict[str, Any]], str]:
        """Return what colours the nodes, and since when; made once an evaluation."""
        version = self._health.version()
        if version != self._described[0]:
            metrics, measured = self._health.read()
            self._described = version, describe_metrics(metrics, self._places), measured
        return self._described[1:]

    def _summary(self) -> str:
        graph = self._graph
        modules = sum(node.kind == "module" for node in graph.nodes)
        operations = sum(node.kind == "operation" for node in graph.nodes)
        counts = [(modules, "module call"), (operations, "operation"), (len(graph.edges), "edge")]
        told = [f"{count:,} {name}{'s' * (count != 1)}" for count, name in counts if count]
        return " · ".join(told) or "nothing was computed"

    def _on_select(self, _client: str, index: int) -> None:
        if index > len(self._places):
            raise Rejected("expected the place of a node or group")
        self._choice.ask(self._places[index - 1] if index else None)


def _graph_from(given: Any, inputs: tuple[Any, ...], kwargs: dict[str, Any], model: Any) -> Graph:
    """Return the graph of whatever it is that is to be shown."""
    if hasattr(given, "named_modules"):
        if model is not None:
            kwargs = {**kwargs, "model": model}
        return graph_of(given, *inputs, **kwargs)
    if not isinstance(given, Graph) and not hasattr(given, "grad_fn"):
        expected = "expected a torch.nn.Module, a Graph or a tensor"
        raise TypeError(f"model_or_graph: {expected}, got {type(given).__name__}")
    if inputs or kwargs:
        names = [f"{len(inputs)} inputs"] * bool(inputs) + sorted(kwargs)
        raise TypeError(f"model_or_graph: only a model has inputs; got {', '.join(names)} besides")
    if isinstance(given, Graph):
        return given
    return autograd_graph_of(given, model)
