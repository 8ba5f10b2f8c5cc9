"""Default data that needs no network."""

from torchloupe.data._digits import digits

__all__ = ["digits"]
