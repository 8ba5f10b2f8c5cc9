"""See a PyTorch model learn, live, inside a notebook cell, and reach in while it does."""

from . import data, recipes
from .run import Run
from .run import open_run as open  # noqa: A004  `tl.open`, as in the standard library's own
from .tap import Architecture, Latents, ModuleNode, Probe, Reconstructions, Samples, describe
from .views import ArchitectureTree, Controls, Curves, Dashboard, ImageGrid, LatentScatter

__all__ = [
    "Architecture",
    "ArchitectureTree",
    "Controls",
    "Curves",
    "Dashboard",
    "ImageGrid",
    "LatentScatter",
    "Latents",
    "ModuleNode",
    "Probe",
    "Reconstructions",
    "Run",
    "Samples",
    "data",
    "describe",
    "open",
    "recipes",
]
