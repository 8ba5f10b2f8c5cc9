"""A model's modules as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from ._architecture_table import data_frame_of, table_of

Shape = tuple[int, ...]
# Nobody reads more, and an object that was passed by mistake may hold hundreds.
_MOST_TENSORS = 8


@dataclass(slots=True, eq=False, repr=False)
class ModuleNode:
    """One module of a model.

    Numbers of parameters, buffers and their bytes cover the module and all below it, each parameter
    once however often it occurs. Shapes are those of the first call, the batch included. Operations
    and activations are those of all calls that the example's forward pass made.

    Attributes:
        path: as in `named_modules` (`""` is the model itself).
        type: the class's name.
        settings: what distinguishes it from others of its class (`"64 → 32"`), short.
        input_shapes: shapes of the tensors it was called with; empty if unknown.
        input_dtypes: their dtypes (`"float32"`), one each.
        input_names: where each was among the arguments: `"[0]"`, `"[1]['mask']"`, `".scale"` for
            the keyword `scale`, one each.
        output_shapes: shapes of the tensors that it returned; empty if unknown.
        output_dtypes: their dtypes, one each.
        output_names: where each was in what was returned: `""` for a lone tensor, `"[1][0]"`,
            `"['out']"`, `".logits"`, one each.
        parameters: how many numbers it and its children learn or hold frozen.
        own_parameters: the same without its children.
        repeated_parameters: how many of `own_parameters` an earlier module holds too; without these
            they add up to the model's.
        trainable: how many of `parameters` require a gradient.
        parameter_bytes: the size of `parameters` in memory.
        own_parameter_bytes: the same without its children.
        repeated_parameter_bytes: how many of these an earlier module holds too.
        buffers: how many numbers it and its children hold in buffers.
        buffer_bytes: their size in memory.
        dtype: of its parameters, or else buffers, its children's included (`"bfloat16, float32"` if
            they differ); empty if it has none.
        device: where they are, likewise.
        flops: floating-point operations of its calls, a multiply-add being two, with all that it
            called; of a module that is never called itself (a `ModuleList`), its children's.
        own_flops: those of its own code; over all modules they add up to the model's.
        activation_bytes: the size of all tensors that its calls returned.
        own_activation_bytes: of these, the memory that no module had returned before; over all
            modules it adds up to the model's.
        calls: how often it was called; 0 if never or unknown.
        order: its place among all modules in the order of first calls, from 0; None if not called.
        shared_with: path of the first place of the same module, if this is another one. It is
            a leaf then, and its calls, operations and activations are told at the first place.
        tied: own parameters that have a second place: their name → the full name of the first place
            (`{"weight": "embedding.weight"}`); at the first place, of the second.
        note: what else is to be known of it: lazy, compiled, scripted, parametrised …
        failed: the error's text, if the forward pass failed in this very module.
        children: its submodules in order.
    """

    path: str
    type: str
    settings: str = ""
    input_shapes: tuple[Shape, ...] = ()
    input_dtypes: tuple[str, ...] = ()
    input_names: tuple[str, ...] = ()
    output_shapes: tuple[Shape, ...] = ()
    output_dtypes: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    parameters: int = 0
    own_parameters: int = 0
    repeated_parameters: int = 0
    trainable: int = 0
    parameter_bytes: int = 0
    own_parameter_bytes: int = 0
    repeated_parameter_bytes: int = 0
    buffers: int = 0
    buffer_bytes: int = 0
    dtype: str = ""
    device: str = ""
    flops: int = 0
    own_flops: int = 0
    activation_bytes: int = 0
    own_activation_bytes: int = 0
    calls: int = 0
    order: int | None = None
    shared_with: str | None = None
    tied: dict[str, str] = field(default_factory=dict[str, str])
    note: str = ""
    failed: str | None = None
    children: list[ModuleNode] = field(default_factory=list["ModuleNode"])

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    @property
    def input(self) -> str:
        """The tensors it was called with, as text: `"[1, 64]"`, `"[0] [1, 5], .mask [5, 5]"`."""
        return _labelled(self.input_names, self.input_shapes, lone="[0]")

    @property
    def output(self) -> str:
        """The tensors it returned, as text: `"[1, 64]"`, `"['out'] [1, 21], ['aux'] [1, 21]"`."""
        return _labelled(self.output_names, self.output_shapes, lone="")

    def walk(self, depth: int = 0) -> Iterator[tuple[int, ModuleNode]]:
        """Yield (depth, node) of this node and all below it, parents first."""
        waiting: list[tuple[int, ModuleNode]] = [(depth, self)]
        while waiting:
            level, node = waiting.pop()
            yield level, node
            waiting.extend((level + 1, child) for child in reversed(node.children))

    def __eq__(self, other: object) -> bool:
        """Compare all below it; level by level, for trees can be deeper than Python's stack."""
        if not isinstance(other, ModuleNode):
            return NotImplemented
        mine, theirs = ([_plain(depth, each) for depth, each in it.walk()] for it in (self, other))
        return mine == theirs

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __repr__(self) -> str:
        """Name it, without all that is below."""
        return f"<{self.type} {self.path!r}: {self.parameters:,} parameters>"


@dataclass(slots=True, repr=False)
class Architecture:
    """A whole model: its tree of modules and its totals.

    Attributes:
        root: the model itself.
        parameters: numbers held in parameters, shared ones counted once.
        trainable: how many of them require a gradient.
        parameter_bytes: their size in memory.
        failure: why there are no (or not all) shapes; empty if all is known, or if no example
            was given.
        buffers: numbers held in buffers, shared ones counted once.
        buffer_bytes: their size in memory.
        flops: floating-point operations of one forward pass of the example, a multiply-add being
            two, as `torch.utils.flop_counter` counts them (matrix products, convolutions,
            attention; nothing for activations or norms).
        input_bytes: the size of the example's tensors.
        activation_bytes: the size of all tensors that modules returned, each counted once however
            many modules hand it on. With the weights, the buffers and the example that is about
            what a forward pass keeps for the backward pass; tensors that never leave a module are
            not in it.
        method: how shapes were found: `"meta"`, `"fake"` or `"real"` tensors; empty if not at all.
    """

    root: ModuleNode
    parameters: int
    trainable: int
    parameter_bytes: int
    failure: str = ""
    buffers: int = 0
    buffer_bytes: int = 0
    flops: int = 0
    input_bytes: int = 0
    activation_bytes: int = 0
    method: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: the totals, and `modules`, one dictionary a module with its depth."""
        totals = {name: getattr(self, name) for name in _TOTALS}
        return {**totals, "modules": [_plain(depth, node) for depth, node in self.root.walk()]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the architecture that `to_dict` turned into data, JSON or not.

        What an older version did not write down is left empty.

        Raises:
            KeyError, TypeError, ValueError: the data are not of that form.
        """
        line: list[ModuleNode] = []
        for module in data["modules"]:
            node, depth = _node_of(module), int(module["depth"])
            if not 0 <= depth <= len(line) or (not depth and line):
                raise ValueError(f"modules: {node.path!r} has no parent at depth {depth}")
            if depth:
                line[depth - 1].children.append(node)
            line[depth:] = [node]
        if not line:
            raise ValueError("modules: expected at least one")
        return cls(root=line[0], **{name: data[name] for name in _TOTALS if name in data})

    def to_dataframe(self) -> Any:
        """Return a `pandas.DataFrame`, one row a module, with the columns of `ModuleNode`.

        Raises:
            ModuleNotFoundError: pandas is not installed.
        """
        return data_frame_of(self)

    def __str__(self) -> str:
        """Format as a table: module, output shape, parameters, operations; totals below."""
        return table_of(self)

    def __repr__(self) -> str:
        """Name the model, without all that is in it."""
        return f"<Architecture of {self.root.type}: {self.parameters:,} parameters>"


_TOTALS = tuple(each.name for each in fields(Architecture) if each.name != "root")
_PLAIN = tuple(each.name for each in fields(ModuleNode) if each.name != "children")


def _plain(depth: int, node: ModuleNode) -> dict[str, Any]:
    return {"depth": depth, **{name: getattr(node, name) for name in _PLAIN}}


def _node_of(module: Mapping[str, Any]) -> ModuleNode:
    """Read one module; JSON has made lists of its tuples."""
    known = {name: _as_tuple(module[name]) for name in _PLAIN if name in module}
    return ModuleNode(**known)


def _as_tuple(value: Any) -> Any:
    return tuple(_as_tuple(each) for each in value) if isinstance(value, (list, tuple)) else value


def _labelled(names: tuple[str, ...], shapes: tuple[Shape, ...], *, lone: str) -> str:
    """Join shapes, each with its name unless all are told by their order; of many, the first."""
    plain = len(shapes) == 1 and names[:1] in ((lone,), ())
    by_order = plain or all(set(name) <= set("[0123456789]") for name in names)
    labels = ("",) * len(shapes) if by_order else names
    texts = [f"{n} {list(s)}".lstrip() for n, s in zip(labels, shapes, strict=True)]
    more = len(texts) - _MOST_TENSORS
    return ", ".join(texts[:_MOST_TENSORS]) + (f", and {more:,} more" if more > 0 else "")
