"""What a line of the tree says in words."""

from __future__ import annotations

from ..tap import Architecture, ModuleNode
from ._tree_fold import Line

_SEVERAL = 3
_PREFIXES = ("", "k", "M", "G", "T", "P")


def class_of(line: Line) -> str:
    """Return the class, with how many there are: `"5 × Bottleneck"`."""
    return f"{len(line.nodes)} × {line.node.type}" if line.is_repeat else line.node.type


def settings_of(line: Line) -> str:
    """Return a module's settings, or what is in one that has none: `"6 × Bottleneck"`."""
    node = line.node
    if node.settings or len(node.children) < _SEVERAL:
        return node.settings
    kinds = {child.type for child in node.children}
    return f"{len(node.children)} × {kinds.pop()}" if len(kinds) == 1 else ""


def tensors(text: str, dtypes: tuple[str, ...]) -> str:
    """Return shapes with their dtypes, where those are not all float32."""
    if set(dtypes) <= {"float32"}:
        return text
    return f"{text} {', '.join(dict.fromkeys(dtypes))}"


def output_of(line: Line) -> str:
    """Return the shapes of what a module returned; of several, if they agree."""
    found = {tensors(node.output, node.output_dtypes) for node in line.nodes}
    return found.pop() if len(found) == 1 else "various"


def input_of(line: Line) -> str:
    """Return the shapes of what a module was called with; of several, if they agree."""
    found = {tensors(node.input, node.input_dtypes) for node in line.nodes}
    return found.pop() if len(found) == 1 else "various"


def notes_of(line: Line, *, is_idle: bool) -> str:
    """Return what else is to be known, in a few words.

    Args:
        line: the line.
        is_idle: neither the module nor one below it was called by a forward pass that ended.
    """
    node = line.node
    notes = [node.note] if node.note else []
    if node.failed is not None:
        notes.append(f"failed: {node.failed}")
    if node.shared_with is not None:
        notes.append(f"the same module as {node.shared_with or 'the model'}")
    if node.parameters and not node.trainable:
        notes.append("frozen")
    if not line.is_repeat:
        notes.extend(f"{name} tied to {other}" for name, other in node.tied.items())
    if node.calls > 1:
        notes.append(f"called {node.calls:,} times")
    elif is_idle and node.shared_with is None:
        notes.append("never called")
    return " · ".join(notes)


def idle_nodes(architecture: Architecture) -> set[int]:
    """Return the `id`s of nodes that took no part in the forward pass, if there was a whole one."""
    if not architecture.root.calls or architecture.failure:
        return set()
    idle: set[int] = set()
    for _, node in reversed(list(architecture.root.walk())):  # children before parents
        if not node.calls and all(id(child) in idle for child in node.children):
            idle.add(id(node))
    return idle


def summary_of(architecture: Architecture, modules: int, shown: int) -> str:
    """Return the header's line: the totals."""
    notes = [f"{architecture.parameters:,} parameters"]
    if architecture.trainable < architecture.parameters:
        notes.append(f"{architecture.trainable:,} trainable")
    if architecture.flops:
        notes.append(with_prefix(architecture.flops, "FLOPs"))
    notes.append(with_prefix(architecture.parameter_bytes, "B"))
    notes.append(f"{modules:,} module{'s' if modules != 1 else ''}")
    if shown < modules:
        notes.append(f"the first {shown:,} shown")
    return " · ".join(notes)


def failure_of(architecture: Architecture) -> str:
    """Return why shapes are missing, with what the failing module was called with."""
    failed = failed_node(architecture)
    if failed is None or not failed.input or failed.input in architecture.failure:
        return architecture.failure
    called = tensors(failed.input, failed.input_dtypes)
    where = failed.path or "the model itself"
    return f"{architecture.failure} · {where} was called with {called}"


def failed_node(architecture: Architecture) -> ModuleNode | None:
    """Return the module in which the forward pass failed."""
    found = (node for _, node in architecture.root.walk() if node.failed is not None)
    return next(found, None)


def with_prefix(count: int, unit: str) -> str:
    """Return a number with three digits and a decimal prefix: `"4.09 GFLOPs"`."""
    size, power = float(count), 0
    while float(f"{size:.3g}") >= 1_000 and power < len(_PREFIXES) - 1:
        size, power = size / 1_000, power + 1
    return f"{size:.3g} {_PREFIXES[power]}{unit}"
