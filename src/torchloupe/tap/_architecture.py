"""A model's modules as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

Shape = tuple[int, ...]


@dataclass(slots=True)
class ModuleNode:
    """One module of a model.

    Attributes:
        path: as in `named_modules` (`""` is the model itself).
        type: the class's name.
        settings: what distinguishes it from others of its class (`"64 → 32"`), short.
        input_shapes: shapes of the tensors of its first call, the batch included; empty if unknown.
        output_shapes: shapes of the tensors that call returned; empty if unknown.
        parameters: how many numbers it and its children learn or hold frozen, shared ones once.
        own_parameters: the same without its children.
        trainable: how many of `parameters` require a gradient.
        calls: how often the example's forward pass called it; 0 if never or unknown.
        shared_with: path of the first place of the same module, if this is another one.
        failed: the error's text, if the forward pass failed in this very module.
        children: its submodules in order.
    """

    path: str
    type: str
    settings: str = ""
    input_shapes: tuple[Shape, ...] = ()
    output_shapes: tuple[Shape, ...] = ()
    parameters: int = 0
    own_parameters: int = 0
    trainable: int = 0
    calls: int = 0
    shared_with: str | None = None
    failed: str | None = None
    children: list[ModuleNode] = field(default_factory=list["ModuleNode"])

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    def walk(self, depth: int = 0) -> Iterator[tuple[int, ModuleNode]]:
        """Yield (depth, node) of this node and all below it, parents first."""
        waiting: list[tuple[int, ModuleNode]] = [(depth, self)]
        while waiting:
            level, node = waiting.pop()
            yield level, node
            waiting.extend((level + 1, child) for child in reversed(node.children))


@dataclass(slots=True)
class Architecture:
    """A whole model: its tree of modules and its totals.

    Attributes:
        root: the model itself.
        parameters: numbers held in parameters, shared ones counted once.
        trainable: how many of them require a gradient.
        parameter_bytes: their size in memory.
        failure: why there are no (or not all) shapes; empty if all is known.
    """

    root: ModuleNode
    parameters: int
    trainable: int
    parameter_bytes: int
    failure: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: the totals, and `modules`, one dictionary a module with its depth."""
        modules: list[dict[str, Any]] = []
        for depth, node in self.root.walk():
            module = asdict(replace(node, children=[])) | {"depth": depth}
            del module["children"]
            modules.append(module)
        totals = {each.name: getattr(self, each.name) for each in fields(self)[1:]}
        return {**totals, "modules": modules}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the architecture that `to_dict` turned into data.

        Raises:
            KeyError, TypeError, ValueError: the data are not of that form.
        """
        line: list[ModuleNode] = []
        for module in data["modules"]:
            known = {each.name: module[each.name] for each in fields(ModuleNode)[:-1]}
            node, depth = ModuleNode(**known), int(module["depth"])
            if not 0 <= depth <= len(line) or (not depth and line):
                raise ValueError(f"modules: {node.path!r} has no parent at depth {depth}")
            if depth:
                line[depth - 1].children.append(node)
            line[depth:] = [node]
        if not line:
            raise ValueError("modules: expected at least one")
        totals = {each.name: data[each.name] for each in fields(cls)[1:]}
        return cls(root=line[0], **totals)

    def __str__(self) -> str:
        """Format as a table: module, output shape, parameters."""
        rows = [("module", "output", "parameters")]
        for depth, node in self.root.walk():
            label = f"{'  ' * depth}{node.name or 'model'} {node.type}"
            label += f"({node.settings})" if node.settings else ""
            shape = ", ".join(str(list(each)) for each in node.output_shapes)
            rows.append((label, shape, f"{node.parameters:,}" if node.parameters else "–"))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows]
        lines.append(f"{self.parameters:,} parameters, {self.trainable:,} trainable")
        return "\n".join([*lines, self.failure] if self.failure else lines)
