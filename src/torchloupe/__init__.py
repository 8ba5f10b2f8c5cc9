"""See a PyTorch model learn, live, inside a notebook cell, and reach in while it does."""

from . import data, recipes
from .run import Run
from .run import open_run as open  # noqa: A004  `tl.open`, as in the standard library's own
from .tap import (
    Architecture,
    Health,
    Latents,
    ModuleNode,
    Probe,
    Reconstructions,
    Samples,
    describe,
)
from .views import (
    ArchitectureTree,
    ComputationGraph,
    Controls,
    Curves,
    Dashboard,
    ImageGrid,
    LatentScatter,
    Shares,
    Weights,
)

__all__ = [
    "Architecture",
    "ArchitectureTree",
    "ComputationGraph",
    "Controls",
    "Curves",
    "Dashboard",
    "Health",
    "ImageGrid",
    "LatentScatter",
    "Latents",
    "ModuleNode",
    "Probe",
    "Reconstructions",
    "Run",
    "Samples",
    "Shares",
    "Weights",
    "data",
    "describe",
    "open",
    "recipes",
]
