"""The graph that autograd keeps for a tensor: how its gradient will be computed."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ._graph import Graph, GraphEdge, GraphNode
from ._graph_fold import fold
from ._tensors import dtype_name

_MOST_NODES = 100_000


def autograd_graph_of(value: Tensor, model: nn.Module | None = None) -> Graph:
    """Return what autograd remembers of how `value` (a loss, say) was computed.

    A node is a step that will be walked back through (`"AddmmBackward0"`), or a tensor that the
    gradient will be added to; edges go the way of the computation, towards `value`. With a model,
    its parameters are called by their names; other tensors than parameters are inputs.

    Raises:
        TypeError: `value` is not a tensor, or `model` not a module.
        ValueError: `value` does not require a gradient, or has more than 100,000 steps behind it.
    """
    if not isinstance(value, Tensor):
        raise TypeError(f"value: expected a torch.Tensor, got {type(value).__name__}")
    if model is not None and not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, got {type(model).__name__}")
    if not value.requires_grad:
        raise ValueError("value: expected a tensor that requires a gradient; autograd kept nothing")
    return fold(_Walk(model).graph_of(value))


class _Walk:
    """Follows autograd's nodes from a tensor back to its leaves, without recursion."""

    def __init__(self, model: nn.Module | None) -> None:
        named = model.named_parameters() if model is not None else ()
        self._names = {id(parameter): name for name, parameter in named}
        self._graph = Graph("autograd")
        self._nodes: dict[Any, GraphNode] = {}
        self._uses: dict[str, int] = {}
        self._ids: set[str] = set()

    def graph_of(self, value: Tensor) -> Graph:
        end = self._node("output", "output", "output", value)
        if value.grad_fn is None:
            self._join(self._leaf(value), end, 0, 0)
        else:
            for function in _in_order(value.grad_fn):
                self._add(function)
            self._join(self._nodes[value.grad_fn], end, value.output_nr, 0)
        self._graph.nodes.append(end)
        return self._graph

    def _add(self, function: Any) -> None:
        variable = getattr(function, "variable", None)
        if isinstance(variable, Tensor):
            self._nodes[function] = self._leaf(variable)
            return
        label = str(function.name())
        node = self._node("operation", label, label)
        node.shapes = tuple(tuple(map(int, each.shape)) for each in function._input_metadata)
        node.dtypes = tuple(dtype_name(each) for each in function._input_metadata)
        for argument, (source, output) in enumerate(function.next_functions):
            if source is not None:
                self._join(self._nodes[source], node, output, argument)
        self._graph.nodes.append(node)
        self._nodes[function] = node

    def _leaf(self, variable: Tensor) -> GraphNode:
        is_one = isinstance(variable, nn.Parameter)
        name = self._names.get(id(variable), "parameter" if is_one else None)
        if name is None:
            node = self._node("input", "input", "input", variable)
        else:
            node = self._node("parameter", name, name, variable)
            node.parameters = variable.numel()
        self._graph.nodes.append(node)
        return node

    def _node(self, kind: Any, id_: str, label: str, tensor: Tensor | None = None) -> GraphNode:
        unique, number = id_, self._uses.get(id_, 1)
        while unique in self._ids:
            number += 1
            unique = f"{id_}#{number}"
        self._uses[id_] = number
        self._ids.add(unique)
        if tensor is None:
            return GraphNode(unique, kind, label)
        return GraphNode(
            unique, kind, label, shapes=(tuple(tensor.shape),), dtypes=(dtype_name(tensor),)
        )

    def _join(self, source: GraphNode, target: GraphNode, output: int, argument: int) -> None:
        known = output < len(source.shapes)
        shape = source.shapes[output] if known else ()
        dtype = source.dtypes[output] if known else ""
        edge = GraphEdge(source.id, target.id, shape, dtype, output, f"[{argument}]")
        self._graph.edges.append(edge)


def _in_order(last: Any) -> list[Any]:
    """Return all functions behind one, sources first."""
    order: list[Any] = []
    seen = {last}
    waiting = [(last, iter(last.next_functions))]
    while waiting:
        function, rest = waiting[-1]
        for source, _ in rest:
            if source is not None and source not in seen:
                seen.add(source)
                waiting.append((source, iter(source.next_functions)))
                break
        else:
            order.append(function)
            waiting.pop()
        if len(seen) > _MOST_NODES:
            raise ValueError(f"value: more than {_MOST_NODES:,} steps lie behind it")
    return order
