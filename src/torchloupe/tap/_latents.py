"""Where does an encoder put the data? A point a sample, and the way back through the decoder."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..reduce import (
    as_images,
    dtype_name,
    encode_labels,
    image_range,
    posterior_divergence,
    to_array,
)
from ._door import need_callable, need_data, need_flag, need_positive
from ._forward import first_pair, first_tensor, move_to, run_batches
from ._modules import modules_of
from ._probe import Answer, Probe
from ._reconstructions import decoded_array


class Latents(Probe):
    """Show the latent of every sample.

    Args:
        encoder: called as `encoder(data)`; returns latents [N, D], or a tuple whose first tensor
            they are (a variational encoder's mean). More dimensions are flattened to [N, D].
        data: samples [N, …]; copied if `limit` thins them, otherwise kept. If they are images
            [N, C, H, W] with C of 1, 3 or 4, or [N, H, W], the view shows them under the pointer.
        labels: one a sample, any kind; they colour the points.
        log_variance: whether the second tensor that the encoder returns is the log-variance [N, D]
            of a variational encoder. With it the measures tell which dimensions collapsed.
        decode: called as `decode(z)` with z [1, D]; with it a click in the view is decoded.
        limit: at most so many samples, evenly spaced; the view says so.
        batch_size: samples a forward pass.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """

    name = "latents"
    kind = "points"

    def __init__(
        self,
        encoder: Callable[[Tensor], Any],
        data: Tensor,
        *,
        labels: Sequence[Any] | Tensor | NDArray[Any] | None = None,
        log_variance: bool = False,
        decode: Callable[[Tensor], Any] | None = None,
        limit: int = 20_000,
        batch_size: int = 1_024,
    ) -> None:
        self._encoder = need_callable(encoder, "encoder")
        data = need_data(data, "data", copy=False)
        self._total = len(data)
        self._indices = _evenly(len(data), need_positive(limit, "limit"))
        thinned = len(self._indices) < len(data)
        self._data = data[torch.from_numpy(self._indices).to(data.device)] if thinned else data
        self._labels = (
            encode_labels(labels, len(data), name="labels") if labels is not None else None
        )
        self._variational = need_flag(log_variance, "log_variance")
        self._decode = need_callable(decode, "decode") if decode is not None else None
        self._batch_size = need_positive(batch_size, "batch_size")
        self._latent_shape: torch.Size | None = None

    @property
    def modules(self) -> Sequence[nn.Module]:
        """The modules behind `encoder` and `decode`."""
        decoder = modules_of(self._decode) if self._decode else []
        return [*modules_of(self._encoder), *decoder]

    @property
    def subject(self) -> tuple[nn.Module, Tensor] | None:
        """The encoder and the first sample."""
        encoder = self._encoder
        return (encoder, self._data[:1]) if isinstance(encoder, nn.Module) else None

    def evaluate(self, should_stop: Callable[[], bool]) -> Answer | None:
        """Encode every sample once."""
        latents = run_batches(
            self._encode,
            self._data,
            modules=modules_of(self._encoder),
            batch_size=self._batch_size,
            should_stop=should_stop,
        )
        if latents is None:
            return None
        posterior = None
        if self._variational:
            latents, logs = latents.unbind(1)
            posterior = posterior_divergence(
                *(to_array(each.flatten(1), name="latents") for each in (latents, logs))
            )
        self._latent_shape = latents.shape[1:]
        points = to_array(latents.flatten(1) if latents.dim() > 1 else latents, name="latents")
        labels = self._labels
        details = {
            "labels": labels and (labels.codes[self._indices], labels.classes, labels.unlabelled),
            "indices": self._indices,
            "total": self._total,
            "posterior": posterior,
            "decode": self.decoder(),
            "images": _picker(self._data),
        }
        return Answer("points", {"points": points}, details)

    def _encode(self, batch: Tensor) -> Tensor:
        """Return the latents of a batch, beside their log-variances [N, 2, …] if there are any."""
        output = self._encoder(batch)
        if not self._variational:
            return first_tensor(output)
        return torch.stack(first_pair(output), 1)

    def decoder(self) -> Callable[[NDArray[np.floating[Any]]], NDArray[Any]] | None:
        """Decode one latent [D], or several [K, D], into samples' shape."""
        if self._decode is None:
            return None
        return decoder_of(self._decode, self._latent_shape, self._data.shape[1:])


def decoder_of(
    decode: Callable[[Tensor], Any],
    latent_shape: Sequence[int] | None = None,
    sample_shape: Sequence[int] | None = None,
) -> Callable[[NDArray[np.floating[Any]]], NDArray[Any]]:
    """Make a function from one latent [D] to the decoder's output [1, …] as an array.

    Of latents [K, D] it makes outputs [K, …], if `decode` takes several at once; the caller has to
    see whether it did.

    Args:
        decode: a module or function from z [1, D] (or [1, *latent_shape]).
        latent_shape: the shape of one latent before it was flattened.
        sample_shape: the shape to give an output that is flat but of that size.
    """
    need_callable(decode, "decode")

    def decode_latents(latents: NDArray[np.floating[Any]]) -> NDArray[Any]:
        count = len(latents) if latents.ndim > 1 else 1
        z = torch.from_numpy(latents.astype(np.float32)).reshape(count, *(latent_shape or (-1,)))
        output = decode(move_to(z, modules_of(decode)))
        if count == 1:
            return decoded_array(output, like=sample_shape)
        found = first_tensor(output)
        if sample_shape is not None and found.numel() == count * math.prod(sample_shape):
            found = found.reshape(count, *sample_shape)
        return to_array(found, name="the decoder's output")

    return decode_latents


def _picker(data: Tensor) -> Callable[[NDArray[np.int64]], Any] | None:
    """Return a function from rows to copies of these images and their range; None of no images.

    The images are float32 [K, H, W, C], on the CPU wherever the data are.
    """
    if data.dim() not in (3, 4):
        return None
    try:
        as_images(data[:1], name="data")
    except (TypeError, ValueError):
        return None

    def pick(rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], tuple[float, float]]:
        chosen = data[torch.from_numpy(rows).to(data.device)]
        images = as_images(chosen, name="data")
        return images, image_range(images, source_dtype=dtype_name(data))

    return pick


def _evenly(total: int, limit: int) -> NDArray[np.int64]:
    if total <= limit:
        return np.arange(total)
    return np.linspace(0, total - 1, limit).round().astype(np.int64)
