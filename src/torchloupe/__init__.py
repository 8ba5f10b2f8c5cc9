"""See a PyTorch model learn, live, inside a notebook cell, and reach in while it does."""

from . import data
from .run import Run
from .tap import Architecture, Latents, ModuleNode, Probe, Reconstructions, Samples, describe

__all__ = [
    "Architecture",
    "Latents",
    "ModuleNode",
    "Probe",
    "Reconstructions",
    "Run",
    "Samples",
    "data",
    "describe",
]
