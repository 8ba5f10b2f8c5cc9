"""The widgets: one file a view, each with traits, a constructor, and what to do on its events."""

from ._architecture_tree import ArchitectureTree
from ._computation_graph import ComputationGraph
from ._controls import Controls
from ._curves import Curves, CurvesBar
from ._dashboard import Dashboard
from ._image_grid import ImageGrid
from ._latent_scatter import LatentScatter
from ._shares import Shares
from ._view import View
from ._weights import Weights

__all__ = [
    "ArchitectureTree",
    "ComputationGraph",
    "Controls",
    "Curves",
    "CurvesBar",
    "Dashboard",
    "ImageGrid",
    "LatentScatter",
    "Shares",
    "View",
    "Weights",
]
