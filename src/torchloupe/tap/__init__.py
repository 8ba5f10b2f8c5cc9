"""The only code that touches a user's model: probes, and the description of its modules."""

from ._architecture import Architecture, ModuleNode
from ._describe import describe
from ._door import need_labels
from ._forward import device_of, first_tensor, parameters_ready, run_batches
from ._function import FunctionProbe
from ._latents import Latents, decoder_of
from ._modules import modules_of
from ._probe import Answer, Probe
from ._reconstructions import Reconstructions
from ._rng import Randomness, unchanged_randomness
from ._samples import Samples

__all__ = [
    "Answer",
    "Architecture",
    "FunctionProbe",
    "Latents",
    "ModuleNode",
    "Probe",
    "Randomness",
    "Reconstructions",
    "Samples",
    "decoder_of",
    "describe",
    "device_of",
    "first_tensor",
    "modules_of",
    "need_labels",
    "parameters_ready",
    "run_batches",
    "unchanged_randomness",
]
