"""The autoencoders of the recipe: dense or convolutional, plain or variational."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import torch
from torch import Tensor, nn

from ._door import need_count, need_widths


class Gaussian(nn.Module):
    """The last layer of a variational encoder: a mean and a log-variance for each dimension.

    After Kingma and Welling, "Auto-Encoding Variational Bayes" (2014).
    """

    def __init__(self, features: int, latent: int) -> None:
        super().__init__()
        self.mean = nn.Linear(features, latent)
        self.log_variance = nn.Linear(features, latent)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Map features [N, F] to mean [N, D] and log-variance [N, D]."""
        return self.mean(features), self.log_variance(features)


class Autoencoder(nn.Module):
    """Squeeze images [N, C, H, W] in [0, 1] through a latent [N, D] and back.

    Args:
        shape: (C, H, W) of one image.
        latent: D.
        variational: encode to a distribution and sample from it while training.
        convolutional: convolutions, which need height and width divisible by 4, instead of dense
            layers.
        hidden: width of the dense layers, or channels of the convolutions.
    """

    def __init__(
        self,
        shape: Sequence[int],
        latent: int = 2,
        *,
        variational: bool = False,
        convolutional: bool = False,
        hidden: Sequence[int] = (128, 64),
    ) -> None:
        super().__init__()
        need_count(latent, "latent")
        hidden = need_widths(hidden, convolutional=convolutional)
        self.variational = variational
        layers = _convolutional if convolutional else _dense
        encoder, decoder, features = layers(shape, latent, hidden)
        head = Gaussian(features, latent) if variational else nn.Linear(features, latent)
        self.encoder = nn.Sequential(*encoder, head)
        self.decoder = nn.Sequential(*decoder, nn.Sigmoid())

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the mean [N, D] and, if variational, the log-variance [N, D]."""
        code = self.encoder(images)
        return code if self.variational else (code, None)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return reconstructions [N, C, H, W], mean and log-variance (None unless variational)."""
        mean, log_variance = self.encode(images)
        latent = mean
        if log_variance is not None and self.training:
            latent = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        return self.decoder(latent), mean, log_variance


def _dense(
    shape: Sequence[int], latent: int, hidden: Sequence[int]
) -> tuple[list[nn.Module], list[nn.Module], int]:
    """Return the encoder's layers up to its head, the decoder's layers, and the head's width."""
    widths = [prod(shape), *hidden]
    pairs = list(pairwise(widths))
    encoder: list[nn.Module] = [nn.Flatten()]
    for wide, narrow in pairs:
        encoder += [nn.Linear(wide, narrow), nn.ReLU()]
    decoder: list[nn.Module] = [nn.Linear(latent, widths[-1])]
    for wide, narrow in reversed(pairs):
        decoder += [nn.ReLU(), nn.Linear(narrow, wide)]
    return encoder, [*decoder, nn.Unflatten(1, tuple(shape))], widths[-1]


def _convolutional(
    shape: Sequence[int], latent: int, hidden: Sequence[int]
) -> tuple[list[nn.Module], list[nn.Module], int]:
    """The same with two convolutions, each of which halves height and width."""
    channels, height, width = shape
    if height % 4 or width % 4:
        raise ValueError(
            f"images: convolutions need height and width divisible by 4, got {height} × {width}"
        )
    few, many = min(hidden), max(hidden)
    small = (many, height // 4, width // 4)
    encoder: list[nn.Module] = [
        nn.Conv2d(channels, few, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(few, many, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
    ]
    decoder: list[nn.Module] = [
        nn.Linear(latent, prod(small)),
        nn.ReLU(),
        nn.Unflatten(1, small),
        nn.ConvTranspose2d(many, few, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(few, channels, 4, stride=2, padding=1),
    ]
    return encoder, decoder, prod(small)
