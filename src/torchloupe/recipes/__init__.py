"""Short training loops on the public names alone: to use as they are, or to read and copy."""

from ._autoencoder import autoencoder
from ._checkpoint import load, save
from ._networks import Autoencoder

__all__ = ["Autoencoder", "autoencoder", "load", "save"]
