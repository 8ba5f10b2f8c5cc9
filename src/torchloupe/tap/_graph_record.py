"""Writes down a forward pass as it happens: calls, operations, and what flows between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from ._diagnosis import one_line
from ._graph import Graph, GraphEdge, GraphGroup, GraphNode, Kind
from ._graph_flow import Flows, alias_of, version_of
from ._graph_label import call_settings, label_of
from ._tensors import Named, dtype_name, named_arguments, named_tensors

Given = list[tuple[str, Tensor, int]]
"""For each tensor that something was given: the argument, the tensor, how often it had changed."""


@dataclass(slots=True)
class _Call:
    """A module call under way.

    Attributes:
        path: the module's.
        group: id of the group for what runs inside.
        node: the call's own node, if the module is shown whole.
        given: its tensors, if it is shown whole.
        hidden: whether it runs inside a module that is shown whole.
    """

    path: str
    group: str
    node: GraphNode | None = None
    given: Given = field(default_factory=Given)
    hidden: bool = False


class Recorder:
    """Collects nodes and edges; `call_*` are told of modules, `operation` of functions."""

    def __init__(self, title: str, named: dict[int, tuple[Kind, str]]) -> None:
        """Record a model whose tensors have these kinds and names, by their `id`."""
        self.graph = Graph(title)
        self._named = named
        self._flows = Flows()
        self._ids = {""}
        self._uses: dict[str, int] = {}
        self._calls: dict[str, int] = {}
        self._attempts: set[str] = set()
        self._open: list[_Call] = []
        self._raised: tuple[BaseException, str, str] | None = None

    @property
    def hidden(self) -> bool:
        """Whether what runs now belongs to a module that is shown whole."""
        return bool(self._open) and (self._open[-1].hidden or self._open[-1].node is not None)

    def take_inputs(self, inputs: Mapping[str, Any]) -> None:
        """Add a node for each tensor that the model is given."""
        for argument, value in inputs.items():
            for name, tensor in named_tensors(value, argument):
                self._returns(self._node("input", f"input:{name}", name), [tensor])

    def take_outputs(self, result: Any) -> None:
        """Add a node for each tensor that the model returned."""
        for place, tensor in named_tensors(result):
            given: Given = [("[0]", tensor, 0)]
            self._sources(given)
            node = self._node("output", f"output{place}", f"output{place}")
            self._connect(given, node)
            node.shapes, node.dtypes = (tuple(tensor.shape),), (dtype_name(tensor),)

    def call_begins(self, path: str, kind: str, whole: bool, arguments: list[Named]) -> None:
        """Open a module's call."""
        if self.hidden:
            self._open.append(_Call(path, "", hidden=True))
            return
        number = self._calls[path] = self._calls.get(path, 0) + 1
        if whole:
            given = _given(arguments)
            self._sources(given)
            node = self._node("module", path or kind, kind, path)
            node.call = number
            self._connect(given, node)
            self._open.append(_Call(path, node.group, node, given))
        elif not self._open:
            self._open.append(_Call(path, ""))
        else:
            id_, parent = self._unique(path or kind), self._open[-1].group
            self.graph.groups.append(GraphGroup(id_, path, kind, parent, call=number))
            self._open.append(_Call(path, id_))

    def call_ends(self, result: Any) -> Any:
        """Close the innermost call; return its result, or what stands in for it."""
        call = self._open.pop()
        return result if call.node is None else self._finish(call.node, call.given, result)

    def call_fails(self, error: Exception) -> None:
        """Close the innermost call, which raised."""
        call = self._open.pop()
        if not call.hidden:
            self._fails(error, call.node.id if call.node else call.group)

    def operation(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Run a function and add a node for it, if it returns or changes a tensor."""
        with torch._C.DisableTorchFunction():
            given = _given(named_arguments(args, kwargs))
        label = label_of(function)
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            with torch._C.DisableTorchFunction():
                node = self._operation(label, args, kwargs, given)
                self._attempts.add(node.id)
                self._fails(error, node.id)
            raise
        with torch._C.DisableTorchFunction():
            if named_tensors(result) or _changed(given):
                return self._finish(self._operation(label, args, kwargs, given), given, result)
        return result

    def end(self, error: BaseException | None) -> Graph:
        """Return the graph; with the exception that ended the pass, if one did."""
        for each in (*self.graph.nodes, *self.graph.groups):
            each.calls = self._calls.get(each.path, 1) if _is_call(each) else 1
        raised = self._raised if error is not None and _led_to(self._raised, error) else None
        self._forget(self._attempts - {raised[1] if raised else ""})
        used = {each.group for each in self.graph.nodes}
        kept: list[GraphGroup] = []
        for group in reversed(self.graph.groups):
            if group.id in used or (raised and group.id == raised[1]):
                used.add(group.parent)
                kept.append(group)
        self.graph.groups = kept[::-1]
        if raised:
            self._mark(*raised[1:])
        return self.graph

    def _forget(self, ids: set[str]) -> None:
        """Drop operations that raised, where the code went on: it does without them."""
        if ids:
            self.graph.nodes = [each for each in self.graph.nodes if each.id not in ids]
            self.graph.edges = [each for each in self.graph.edges if each.target not in ids]

    def _mark(self, id_: str, text: str) -> None:
        self.graph.failed = id_
        for each in (*self.graph.nodes, *self.graph.groups):
            if each.id == id_:
                each.failed = text

    def _fails(self, error: BaseException, id_: str) -> None:
        """Remember where an exception came from: the innermost place is the first that sees it."""
        if not _led_to(self._raised, error):
            self._raised = error, id_, one_line(error)

    def _operation(
        self, label: str, args: tuple[Any, ...], kwargs: dict[str, Any], given: Given
    ) -> GraphNode:
        self._sources(given)
        call = self._open[-1] if self._open else _Call("", "")
        id_ = f"{call.group}.{label}" if call.group else label
        settings = call_settings(label, args, kwargs)
        node = self._node("operation", id_, label, call.path, settings)
        self._connect(given, node)
        return node

    def _node(
        self, kind: Kind, id_: str, label: str, path: str = "", settings: str = ""
    ) -> GraphNode:
        group = self._open[-1].group if self._open else ""
        node = GraphNode(self._unique(id_), kind, label, path, group, settings)
        self.graph.nodes.append(node)
        return node

    def _unique(self, id_: str) -> str:
        """Return the id, with a number behind it from the second use."""
        unique, number = id_, self._uses.get(id_, 1)
        while unique in self._ids:
            number += 1
            unique = f"{id_}#{number}"
        self._uses[id_] = number
        self._ids.add(unique)
        return unique

    def _sources(self, given: Given) -> None:
        """Add nodes for the parameters and constants among these, before what uses them."""
        for _, tensor, _ in given:
            is_first = id(tensor) in self._named and not self._flows.knows(tensor)
            if is_first or self._flows.find(tensor) is None:
                kind, name = self._named.get(id(tensor), ("constant", "constant"))
                path = name.rpartition(".")[0] if kind != "constant" else ""
                numel = tensor.numel() if kind == "parameter" else 0
                node = self._node(kind, name, name, path)
                node.parameters = numel
                self._returns(node, [tensor])

    def _connect(self, given: Given, node: GraphNode) -> None:
        for argument, tensor, _ in given:
            source = self._flows.find(tensor)
            if source is None:  # not after `_sources`
                continue
            shape, dtype = tuple(tensor.shape), dtype_name(tensor)
            edge = GraphEdge(source.node.id, node.id, shape, dtype, source.output, argument)
            self.graph.edges.append(edge)

    def _finish(self, node: GraphNode, given: Given, result: Any) -> Any:
        """Say what a node returned and changed; return the result with new objects for old ones."""
        changed = _changed(given)
        fresh: dict[int, Tensor] = {}
        for _, tensor in named_tensors(result):
            known = self._flows.knows(tensor) or id(tensor) in self._named
            if known and id(tensor) not in changed:
                fresh[id(tensor)] = alias_of(tensor)
        if fresh:
            result = _replaced(result, fresh)
        outputs = {id(each): each for _, each in named_tensors(result)}
        inputs = [tensor for _, tensor, _ in given]
        self._returns(node, [*(outputs | changed).values()], inputs, changed)
        return result

    def _returns(
        self,
        node: GraphNode,
        tensors: list[Tensor],
        inputs: list[Tensor] | None = None,
        changed: Mapping[int, Tensor] | None = None,
    ) -> None:
        node.shapes = tuple(tuple(each.shape) for each in tensors)
        node.dtypes = tuple(dtype_name(each) for each in tensors)
        for output, tensor in enumerate(tensors):
            if changed and id(tensor) in changed:
                self._flows.change(tensor, node, output)
            else:
                self._flows.add(tensor, node, output, inputs or ())


def _given(arguments: list[Named]) -> Given:
    return [(argument, tensor, version_of(tensor)) for argument, tensor in arguments]


def _changed(given: Given) -> dict[int, Tensor]:
    """Return the tensors that were changed in place since they were given."""
    return {id(each): each for _, each, version in given if version_of(each) != version}


def _replaced(result: Any, fresh: Mapping[int, Tensor]) -> Any:
    if isinstance(result, Tensor):
        return fresh[id(result)]
    return pytree.tree_map_only(Tensor, lambda each: fresh.get(id(each), each), result)


def _is_call(each: GraphNode | GraphGroup) -> bool:
    return isinstance(each, GraphGroup) or each.kind == "module"


def _led_to(raised: tuple[BaseException, str, str] | None, error: BaseException) -> bool:
    """Tell whether an exception is the one that ended the pass, or that which it was raised for."""
    each: BaseException | None = error
    for _ in range(16):
        if raised is None or each is None:
            return False
        if each is raised[0]:
            return True
        each = each.__cause__ or each.__context__
    return False
