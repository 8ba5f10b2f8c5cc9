"""A number for each module, as a tree shows it in a column and a graph in its colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """One number a module.

    Attributes:
        key: names it to code.
        label: what a person reads.
        unit: stands behind each value, with a decimal prefix; empty if there is none.
        kind: `"sequential"` (small to large), `"diverging"` (signed) or `"flag"` (not 0: beware).
        values: by path; NaN or missing where it is unknown.
        together: what several modules in one line have in common.
    """

    key: str
    label: str
    unit: str = ""
    kind: Literal["sequential", "diverging", "flag"] = "sequential"
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    together: Literal["sum", "mean", "max"] = "mean"
