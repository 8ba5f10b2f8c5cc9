"""Which modules hold a model's parameters, do its operations and take its memory."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from traitlets import Dict, List, Unicode

from ..run import Run
from ..tap import Architecture, describe
from ._shares_table import MEASURES, share_traits
from ._traits import Array, synced
from ._view import View, bundle, need_title, style

KINDS = ("bars", "icicle", "pie")


class Shares(View):
    """Show how a model's parameters, operations and memory are shared out among its modules.

    As bars: the largest modules, or blocks where these tell more, and the others together. As an
    icicle: the whole tree, in which one zooms. As a pie: the parts that the model falls into.

    The page chooses among these, and among the measures:

    - `"parameters"`: numbers, each counted once however many modules share it;
    - `"flops"`: floating-point operations of one forward pass of the example;
    - `"memory"`: bytes of parameters, and of the tensors that modules return for the example.

    Args:
        model_or_architecture: a model, or its `tl.describe(…)`.
        *inputs: with a model, an example of what it is called with; without one there are
            no operations, and memory is that of the parameters alone.
        of: the measure at first.
        kind: the form at first: `"bars"`, `"icicle"` or `"pie"`.
        title: the header.
        **kwargs: with a model, more of the example, as for `tl.describe`.

    Raises:
        TypeError: an argument is not of this kind; the message names it.
        ValueError: there is no such measure or form.
    """

    _esm = bundle("shares")
    _css = style("shares")

    of = synced(Unicode("parameters"))
    """The measure at first: `"parameters"`, `"flops"` or `"memory"`."""
    kind = synced(Unicode("bars"))
    """The form at first: `"bars"`, `"icicle"` or `"pie"`."""
    measures = synced(Dict())
    """Of each measure: `summary` (total and largest part), `note` (what it means) and `reason`
    (why it cannot be shown; empty if it can)."""
    failed = synced(Unicode())
    """Why the forward pass failed; empty if it did not."""
    texts = synced(List())
    """Every text once; the first is empty."""
    depths = Array()
    """Whole numbers [N], one a row, parents first: how deep it stands, 0 for the model."""
    names = Array()
    """Indices into `texts` [N]: the last part of the path."""
    types = Array()
    """Indices into `texts` [N]: the class."""
    counts = Array()
    """Whole numbers [N]: how many modules too small to see a row stands for; 0 for one module."""
    sections = Array()
    """Whole numbers [N]: which part of the model a row belongs to, from 1; 0 for none."""
    values = Array()
    """float64 [3, N]: parameters, operations and bytes of a row and all below it."""

    def __init__(
        self,
        model_or_architecture: Any,
        *inputs: Any,
        of: str = "parameters",
        kind: str = "bars",
        title: str | None = None,
        standalone: bool = True,
        **kwargs: Any,
    ) -> None:
        _need_one_of("of", of, MEASURES)
        _need_one_of("kind", kind, KINDS)
        self._content = {
            "title": need_title(title) or "Shares",
            "of": of,
            "kind": kind,
            **share_traits(_described(model_or_architecture, inputs, kwargs)),
        }
        self._content["summary"] = self._content["measures"][of]["summary"]
        super().__init__(None, standalone=standalone)

    def content(self) -> dict[str, Any]:
        """Return all there is."""
        return self._content

    def version(self) -> Hashable:
        """Stay the same: a description does not change."""
        return 0


def _described(source: Any, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Architecture:
    if isinstance(kwargs.get("run"), Run):  # no argument of the model, and shares never change
        raise TypeError("run: shares do not change in training; expected none, got a Run")
    if hasattr(source, "named_modules"):
        return describe(source, *inputs, **kwargs)
    if not isinstance(source, Architecture):
        found = type(source).__name__
        raise TypeError(
            f"model_or_architecture: expected a torch.nn.Module or an Architecture, got {found}"
        )
    if inputs or kwargs:
        unexpected = "inputs" if inputs else next(iter(kwargs))
        raise TypeError(f"{unexpected}: expected none with a description")
    return source


def _need_one_of(argument: str, value: object, names: tuple[str, ...]) -> None:
    if value not in names:
        expected = ", ".join(map(repr, names))
        raise ValueError(f"{argument}: expected one of {expected}, got {value!r}")
