"""A computation graph as plain data: what flows from which call to which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self, get_args

from ._graph_dot import dot_of
from ._graph_text import text_of

Shape = tuple[int, ...]
Kind = Literal["input", "module", "operation", "parameter", "buffer", "constant", "output"]
_KINDS = frozenset(get_args(Kind))


@dataclass(slots=True)
class GraphNode:
    """One call: of a module that is shown whole, or of a function outside such modules.

    Attributes:
        id: unique among nodes and groups, the same each time: `"layer1.0.conv1"`, its second call
            `"layer1.0.conv1#2"`, operations `"layer1.0.add"`, `"input:x"`, `"output"`.
        kind: `"module"` or `"operation"`; `"input"`, `"output"`; `"parameter"`, `"buffer"` and
            `"constant"` for tensors that an operation uses directly.
        label: the class, the function (`"add"`), the argument's or the parameter's name.
        path: the module's path; for an operation that of the module whose code ran it.
        group: id of the innermost group around it; `""` at the top.
        settings: what distinguishes it from others of its label, short.
        shapes: of the tensors that it returned, in order.
        dtypes: of the same tensors (`"float32"`).
        parameters: how many numbers the module holds.
        call: this is the module's n-th call, from 1.
        calls: how often the module was called in all.
        failed: the error's text, if the forward pass failed here.
    """

    id: str
    kind: Kind
    label: str
    path: str = ""
    group: str = ""
    settings: str = ""
    shapes: tuple[Shape, ...] = ()
    dtypes: tuple[str, ...] = ()
    parameters: int = 0
    call: int = 1
    calls: int = 1
    failed: str | None = None


@dataclass(slots=True)
class GraphEdge:
    """One tensor that goes from one node to another. Two nodes may share several.

    Attributes:
        source: id of the node that returned the tensor.
        target: id of the node that received it.
        shape: the tensor's, when it was received.
        dtype: its type (`"float32"`).
        output: which of the source's tensors it is.
        argument: where the target received it: `"[0]"`, `"[0][1]"` (second of a list), `".mask"`.
    """

    source: str
    target: str
    shape: Shape = ()
    dtype: str = ""
    output: int = 0
    argument: str = "[0]"


@dataclass(slots=True)
class GraphGroup:
    """One call of a module with nodes inside. Its nodes follow one another in `Graph.nodes`.

    Attributes:
        id: unique among nodes and groups; a second call ends in `"#2"`.
        path: the module's path.
        type: its class.
        parent: id of the group around it; `""` at the top.
        settings: what distinguishes it from others of its class, short.
        contents: what it says when it is folded: `"6 × Bottleneck"`.
        parameters: how many numbers the module and its children hold.
        call: this is the module's n-th call, from 1.
        calls: how often the module was called in all.
        failed: the error's text, if the forward pass failed in this module's own code.
    """

    id: str
    path: str
    type: str
    parent: str = ""
    settings: str = ""
    contents: str = ""
    parameters: int = 0
    call: int = 1
    calls: int = 1
    failed: str | None = None


@dataclass(slots=True)
class GraphRepeat:
    """A run of the same structure, several times in a row, each feeding the next.

    Attributes:
        id: `"repeat:"` and the id with which it begins.
        group: id of the group that holds the members directly; `""` at the top.
        label: `"5 × Bottleneck"`, `"8 × (getitem, GRUCell)"`.
        members: for each repetition the ids of its nodes and groups, in order of execution.
        identical: whether shapes and settings are the same too, not only classes and connections.
    """

    id: str
    group: str
    label: str
    members: tuple[tuple[str, ...], ...]
    identical: bool = True


@dataclass(slots=True)
class Graph:
    """A computation graph.

    Attributes:
        title: the model's class.
        nodes: in order of execution, so that sources come before their targets.
        edges: in the order in which the targets received them.
        groups: parents before their children. The model itself is none.
        repeats: what a viewer may fold. Those of one group do not overlap.
        failure: why the graph is not complete; empty if it is.
        failed: id of the node or group that failed; `""` if that is the model itself, or none.
    """

    title: str
    nodes: list[GraphNode] = field(default_factory=list[GraphNode])
    edges: list[GraphEdge] = field(default_factory=list[GraphEdge])
    groups: list[GraphGroup] = field(default_factory=list[GraphGroup])
    repeats: list[GraphRepeat] = field(default_factory=list[GraphRepeat])
    failure: str = ""
    failed: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the graph that `to_dict` turned into data, also after a trip through JSON.

        Raises:
            KeyError, TypeError, ValueError: the data are not of that form.
        """
        nodes = [GraphNode(**_shaped(_known(GraphNode, each))) for each in data["nodes"]]
        edges = [GraphEdge(**_shaped(_known(GraphEdge, each))) for each in data["edges"]]
        groups = [GraphGroup(**_known(GraphGroup, each)) for each in data["groups"]]
        repeats = [GraphRepeat(**_shaped(_known(GraphRepeat, each))) for each in data["repeats"]]
        _check(nodes, edges, groups, repeats)
        texts = (str(data["failure"]), str(data["failed"]))
        return cls(str(data["title"]), nodes, edges, groups, repeats, *texts)

    def to_dot(self) -> str:
        """Return the graph in Graphviz's language, with a cluster for each group."""
        return dot_of(self)

    def __str__(self) -> str:
        """Format as a short text: a line for each node, repeats only once."""
        return text_of(self)


def _known(kind: type, data: Mapping[str, Any]) -> dict[str, Any]:
    return {each.name: data[each.name] for each in fields(kind)}


def _shaped(values: dict[str, Any]) -> dict[str, Any]:
    """Turn the lists that JSON makes of tuples back."""
    return {name: _tuples(value) if name in _TUPLES else value for name, value in values.items()}


_TUPLES = {"shape", "shapes", "dtypes", "members"}


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, (list, tuple)) else value


def _check(
    nodes: list[GraphNode],
    edges: list[GraphEdge],
    groups: list[GraphGroup],
    repeats: list[GraphRepeat],
) -> None:
    """Refuse data in which something is named that is not there."""
    node_ids = {each.id for each in nodes}
    group_ids = {each.id for each in groups}
    if len(node_ids | group_ids) != len(nodes) + len(groups):
        raise ValueError("nodes, groups: expected each id once")
    for node in nodes:
        if node.kind not in _KINDS:
            raise ValueError(f"nodes: {node.id!r} is of the unknown kind {node.kind!r}")
    _need("nodes: group", (each.group for each in nodes), group_ids | {""})
    _need("edges: source", (each.source for each in edges), node_ids)
    _need("edges: target", (each.target for each in edges), node_ids)
    earlier = {""}
    for group in groups:
        _need("groups: parent", (group.parent,), earlier)
        earlier.add(group.id)
    members = (id_ for each in repeats for member in each.members for id_ in member)
    _need("repeats: members", members, node_ids | group_ids)
    _need("repeats: group", (each.group for each in repeats), group_ids | {""})


def _need(what: str, used: Iterable[str], known: set[str]) -> None:
    for each in used:
        if each not in known:
            raise ValueError(f"{what}: there is no {each!r} (or not before it is used)")
