"""The only code that touches a user's model: probes, and the description of its modules."""

from ._architecture import Architecture, ModuleNode
from ._describe import describe
from ._forward import device_of, first_tensor, modules_of, parameters_ready, run_batches
from ._function import FunctionProbe
from ._latents import Latents, decoder_of
from ._probe import Answer, Probe
from ._reconstructions import Reconstructions
from ._rng import unchanged_randomness
from ._samples import Samples

__all__ = [
    "Answer",
    "Architecture",
    "FunctionProbe",
    "Latents",
    "ModuleNode",
    "Probe",
    "Reconstructions",
    "Samples",
    "decoder_of",
    "describe",
    "device_of",
    "first_tensor",
    "modules_of",
    "parameters_ready",
    "run_batches",
    "unchanged_randomness",
]
