"""A model's modules as a collapsible tree."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from traitlets import Dict, Int, List, Unicode

from ..run import Run
from ..tap import Architecture, ModuleNode, describe
from ._source import Channel
from ._traits import synced
from ._view import View, bundle, need_title

_MOST_ROWS = 5_000
_FEW_ROWS = 12


class ArchitectureTree(View):
    """Show each module's class, output shape, parameters and share of all parameters.

    Args:
        model_or_run: a model, its `tl.describe(…)`, or a run.
        *inputs: with a model, one example input, for the shapes.
        channel: of a run, the channel to show; the first with an architecture by default.
        title: the header.

    Raises:
        TypeError: `model_or_run` is none of these.
    """

    _esm = bundle("architecture_tree")

    rows = synced(List(Dict()))
    """One a module, parents first: path, name, type, settings, depth, output, parameters, share
    (0..1), trainable, note, leaf."""
    expanded_depth = synced(Int(1))
    """How deep the tree is open at first."""
    failed = synced(Unicode())
    """Why there are no (or not all) shapes; empty if all are known."""

    def __init__(
        self,
        model_or_run: Any,
        *inputs: Any,
        channel: str | None = None,
        title: str = "Architecture",
        standalone: bool = True,
    ) -> None:
        run = model_or_run if isinstance(model_or_run, Run) else None
        if run is not None and inputs:
            channel, *inputs_left = inputs
            if inputs_left:
                raise TypeError("inputs: a run has its own example; expected a channel's name only")
        self._channel = Channel(run, "architecture", channel)
        self._fixed = None
        if isinstance(model_or_run, Architecture):
            self._fixed = model_or_run
        elif not isinstance(model_or_run, Run):
            self._fixed = describe(model_or_run, *inputs)
        self._title = need_title(title) or "Architecture"
        super().__init__(run, standalone=standalone)

    def content(self) -> dict[str, Any]:
        """Return the tree's rows."""
        snapshot = self._channel.newest()
        architecture = self._fixed or (snapshot and _read(snapshot.details["architecture"]))
        if not architecture:
            empty = {"rows": [], "failed": "", "expanded_depth": 1}
            return {"title": self._title, "summary": "no model yet", **empty}
        walked = list(architecture.root.walk())
        rows = [_row(node, depth, architecture) for depth, node in walked[:_MOST_ROWS]]
        return {
            "title": self._title,
            "summary": _summary(architecture, len(walked)),
            "rows": rows,
            "failed": architecture.failure,
            "expanded_depth": _depth_for(rows),
        }

    def version(self) -> Hashable:
        """Differ with each description."""
        return self._channel.version()


def _read(found: Architecture | Mapping[str, Any]) -> Architecture:
    """Return an architecture, also where it comes from a run's directory, as plain data."""
    return Architecture.from_dict(found) if isinstance(found, Mapping) else found


def _depth_for(rows: list[dict[str, Any]]) -> int:
    """Return how deep the tree may be open at first without growing long."""
    depths = [row["depth"] for row in rows]
    return max(
        (depth for depth in range(1, 9) if sum(each <= depth for each in depths) <= _FEW_ROWS),
        default=1,
    )


def _row(node: ModuleNode, depth: int, architecture: Architecture) -> dict[str, Any]:
    return {
        "path": node.path,
        "name": node.name,
        "type": node.type,
        "settings": node.settings,
        "depth": depth,
        "output": ", ".join(str(list(shape)) for shape in node.output_shapes[:3]),
        "parameters": node.parameters,
        "share": node.parameters / architecture.parameters if architecture.parameters else 0.0,
        "trainable": node.trainable > 0,
        "note": _note(node),
        "leaf": not node.children,
    }


def _note(node: ModuleNode) -> str:
    if node.failed:
        return f"failed: {node.failed}"
    if node.shared_with is not None:
        return f"the same as {node.shared_with or 'the model'}"
    if node.parameters and not node.trainable:
        return "frozen"
    return f"called {node.calls} times" if node.calls > 1 else ""


def _summary(architecture: Architecture, modules: int) -> str:
    notes = [f"{architecture.parameters:,} parameters"]
    if architecture.trainable < architecture.parameters:
        notes.append(f"{architecture.trainable:,} trainable")
    notes.append(_bytes(architecture.parameter_bytes))
    notes.append(f"{modules:,} modules")
    if modules > _MOST_ROWS:
        notes.append(f"the first {_MOST_ROWS:,} shown")
    return " · ".join(notes)


def _bytes(count: int) -> str:
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1_000:
            break
        size, unit = size / 1_000, larger
    return f"{size:.3g} {unit}"
