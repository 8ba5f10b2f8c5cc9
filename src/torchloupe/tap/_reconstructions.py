"""How well does an autoencoder copy? The same few images, before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn

from ..reduce import as_images, to_array
from ._door import need_callable, need_images, need_labels, need_positive
from ._forward import first_tensor, run_batches
from ._modules import modules_of
from ._probe import Answer, Probe


class Reconstructions(Probe):
    """Show images beside what the model makes of them.

    Args:
        model: called as `model(images)`; of several outputs the first of the images' size is
            taken. A flat output [N, C·H·W] is given the images' shape.
        images: [N, C, H, W] (C is 1, 3 or 4) or [N, H, W]; copied, so later changes do not show.
        labels: one caption an image, any kind.
        output: what to take from the model's output instead, e.g. `torch.sigmoid` for logits.
        batch_size: images a forward pass.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """

    name = "reconstructions"
    kind = "images"

    def __init__(
        self,
        model: Callable[[Tensor], Any],
        images: Tensor,
        *,
        labels: Sequence[Any] | Tensor | None = None,
        output: Callable[[Any], Any] | None = None,
        batch_size: int = 64,
    ) -> None:
        self._model = need_callable(model, "model")
        self._images = need_images(images, "images")
        self._labels = need_labels(labels, len(self._images))
        self._output = need_callable(output, "output") if output is not None else None
        self._batch_size = need_positive(batch_size, "batch_size")

    @property
    def modules(self) -> Sequence[nn.Module]:
        """The modules behind `model`."""
        return modules_of(self._model)

    @property
    def subject(self) -> tuple[nn.Module, Tensor] | None:
        """The model and the first image."""
        return (self._model, self._images[:1]) if isinstance(self._model, nn.Module) else None

    def evaluate(self, should_stop: Callable[[], bool]) -> Answer | None:
        """Reconstruct every image once."""
        outputs = run_batches(
            self._reconstruct,
            self._images,
            modules=self.modules,
            batch_size=self._batch_size,
            should_stop=should_stop,
        )
        if outputs is None:
            return None
        shown = as_images(outputs.reshape(self._images.shape), name="the model's output")
        arrays = {"input": as_images(self._images, name="images"), "output": shown}
        return Answer("images", arrays, {"labels": self._labels, "paired": True})

    def _reconstruct(self, batch: Tensor) -> Tensor:
        output = self._model(batch)
        chosen = self._output(output) if self._output else output
        found = first_tensor(chosen, like=batch)
        if found.numel() != batch.numel():
            raise ValueError(
                f"model: expected an output of the images' shape {list(batch.shape)}, "
                f"got {list(found.shape)}"
            )
        return found.detach().float().reshape(batch.shape)


def decoded_array(output: Any, *, like: Sequence[int] | None) -> Any:
    """Turn a decoder's output for one latent into an owned array shaped like one sample.

    A flat output with as many elements as `like` (a sample's shape) is given that shape.
    """
    found = first_tensor(output)
    if like is not None and found.numel() == _product(like):
        found = found.reshape(1, *like)
    return to_array(found, name="the decoder's output")


def _product(shape: Sequence[int]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product
