"""The only code that touches a user's model: probes, and the description of its modules."""

from ._architecture import Architecture, ModuleNode
from ._describe import describe
from ._door import need_labels
from ._forward import device_of, first_tensor, parameters_ready, run_batches
from ._function import FunctionProbe
from ._graph import Graph, GraphEdge, GraphGroup, GraphNode, GraphRepeat
from ._graph_autograd import autograd_graph_of
from ._graph_trace import graph_of
from ._health import Health
from ._latents import Latents, decoder_of
from ._modules import modules_of
from ._own_parameters import OwnParameter, own_parameters
from ._probe import Answer, Probe
from ._reconstructions import Reconstructions
from ._rng import Randomness, unchanged_randomness
from ._samples import Samples

__all__ = [
    "Answer",
    "Architecture",
    "FunctionProbe",
    "Graph",
    "GraphEdge",
    "GraphGroup",
    "GraphNode",
    "GraphRepeat",
    "Health",
    "Latents",
    "ModuleNode",
    "OwnParameter",
    "Probe",
    "Randomness",
    "Reconstructions",
    "Samples",
    "autograd_graph_of",
    "decoder_of",
    "describe",
    "device_of",
    "first_tensor",
    "graph_of",
    "modules_of",
    "need_labels",
    "own_parameters",
    "parameters_ready",
    "run_batches",
    "unchanged_randomness",
]
