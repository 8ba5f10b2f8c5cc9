"""What a probe is: a function of the model, evaluated at step boundaries, that fills a channel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn


@dataclass(frozen=True, slots=True)
class Answer:
    """What one evaluation of a probe found.

    Attributes:
        kind: the kind of channel it fills (`"images"`, `"points"`, `"histogram"`, `"health"`,
            `"scalars"`).
        arrays: named arrays that share memory with nothing.
        details: what else the views need (labels, how to decode).
    """

    kind: str
    arrays: Mapping[str, NDArray[Any]]
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Probe(ABC):
    """A look into a model. Subclass this to make your own.

    `evaluate` is called on the training thread, between two steps, with the modules of `modules`
    in eval mode and without gradients; random generators, training flags, buffers and attributes
    are put back afterwards whatever it does.
    """

    #: the channel's name unless `run.probe(..., name=…)` gives another
    name: str = "probe"
    #: the kind of channel it will fill (`"images"`, `"points"`); its pane is there from the start
    kind: str | None = None

    @property
    @abstractmethod
    def modules(self) -> Sequence[nn.Module]:
        """The modules that `evaluate` calls."""

    @abstractmethod
    def evaluate(self, should_stop: Callable[[], bool]) -> Answer | None:
        """Look once. Return None if `should_stop()` said so between two batches."""

    @property
    def subject(self) -> tuple[nn.Module, Any] | None:
        """A whole model and one example input for the architecture view, if this probe has them."""
        return None

    @property
    def goes_on(self) -> bool:
        """Whether the last evaluation is to be continued at the very next boundary."""
        return False

    def decoder(self) -> Callable[[NDArray[np.float64]], NDArray[Any]] | None:
        """A function from one latent float64 [D] to one image, called under the same conditions."""
        return None
