"""What does a generator draw? The same few latents, again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn

from ..reduce import as_images
from ._door import need_callable, need_data, need_positive
from ._forward import run_batches
from ._modules import modules_of
from ._probe import Answer, Probe


class Samples(Probe):
    """Show what a generator makes of fixed latents.

    Args:
        generator: called as `generator(z)`; returns images [N, C, H, W] or [N, H, W].
        z: latents [N, …]; copied.
        batch_size: latents a forward pass.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """

    name = "samples"
    kind = "images"

    def __init__(
        self, generator: Callable[[Tensor], Any], z: Tensor, *, batch_size: int = 64
    ) -> None:
        self._generator = need_callable(generator, "generator")
        self._latents = need_data(z, "z")
        self._batch_size = need_positive(batch_size, "batch_size")

    @property
    def modules(self) -> Sequence[nn.Module]:
        """The modules behind `generator`."""
        return modules_of(self._generator)

    @property
    def subject(self) -> tuple[nn.Module, Tensor] | None:
        """The generator and the first latent."""
        generator = self._generator
        return (generator, self._latents[:1]) if isinstance(generator, nn.Module) else None

    def evaluate(self, should_stop: Callable[[], bool]) -> Answer | None:
        """Generate every image once."""
        outputs = run_batches(
            self._generator,
            self._latents,
            modules=self.modules,
            batch_size=self._batch_size,
            should_stop=should_stop,
        )
        if outputs is None:
            return None
        return Answer("images", {"": as_images(outputs, name="the generator's output")})
