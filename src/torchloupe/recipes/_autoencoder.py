"""Train an autoencoder on images, in the background, watched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F  # noqa: N812  PyTorch's own name for it
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from ..run import Run
from ..tap import Latents, Reconstructions
from ._checkpoint import load, save
from ._networks import Autoencoder

_OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
}

Optimizer = Literal["adam", "adamw", "sgd"] | Callable[[Iterable[Any]], torch.optim.Optimizer]


def autoencoder(
    images: Tensor,
    labels: Sequence[Any] | Tensor | None = None,
    *,
    latent: int = 2,
    variational: bool = False,
    convolutional: bool = False,
    hidden: Sequence[int] = (128, 64),
    loss: Literal["mse", "bce"] = "bce",
    beta: float = 1.0,
    epochs: int = 30,
    batch_size: int = 64,
    optimizer: Optimizer = "adam",
    learning_rate: float = 1e-3,
    device: str | torch.device | None = None,
    shown: int = 10,
    name: str = "autoencoder",
    save_to: str | Path | None = None,
    load_from: str | Path | None = None,
) -> Run:
    """Train an autoencoder in the background and return its run at once.

    Logged are `loss` and, if variational, its parts `reconstruction` and `kl`. A plain autoencoder's
    loss is the mean over pixels; a variational one's is in nats an image: the reconstruction summed
    over pixels plus `beta` times the Kullback-Leibler divergence from a standard normal (Kingma and
    Welling 2014; `beta` after Higgins et al. 2017).

    Args:
        images: [N, C, H, W] or [N, H, W], float in [0, 1] or uint8.
        labels: one an image; they colour the latents and are not learned from.
        latent: dimensions of the latent space.
        variational: a variational autoencoder.
        convolutional: convolutions instead of dense layers.
        hidden: widths of the dense layers, or the two numbers of channels.
        loss: `"bce"` (binary cross-entropy) or `"mse"` (squared error).
        beta: weight of the divergence.
        epochs: passes over the images.
        batch_size: images a step.
        optimizer: `"adam"`, `"adamw"`, `"sgd"`, or a function from parameters to an optimizer.
        learning_rate: of the named optimizers.
        device: where to train; an accelerator if there is one, otherwise the CPU.
        shown: how many images the reconstructions show.
        name: the run's name.
        save_to: where to write the weights when training ends.
        load_from: weights to begin with.

    Returns:
        The started run; its `model` is the `Autoencoder`.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
    """
    data = _need_images(images)
    if loss not in ("mse", "bce"):
        raise ValueError(f'loss: expected "mse" or "bce", got {loss!r}')
    place = torch.device(device) if device is not None else _best_device()
    model = Autoencoder(
        data.shape[1:],
        latent,
        variational=variational,
        convolutional=convolutional,
        hidden=hidden,
    ).to(place)
    if load_from is not None:
        load(model, load_from)
    stepper = _optimizer(optimizer, model, learning_rate)
    loader = DataLoader(TensorDataset(data), batch_size=batch_size, shuffle=True)

    run = Run(name)
    run.model = model
    captions = None if labels is None else labels[:shown]
    run.probe(Reconstructions(model, data[:shown], labels=captions))
    run.probe(Latents(model.encoder, data, labels=labels, decode=model.decoder))

    def train(run: Run) -> None:
        for (batch,) in run.track(loader, epochs=epochs):
            parts = _losses(model, batch.to(place), loss, beta)
            stepper.zero_grad()
            parts["loss"].backward()
            stepper.step()
            run.log(parts)
        if save_to is not None:
            save(model, save_to)

    return run.start(train)


def _losses(model: Autoencoder, batch: Tensor, loss: str, beta: float) -> dict[str, Tensor]:
    output, mean, log_variance = model(batch)
    distance = F.mse_loss if loss == "mse" else F.binary_cross_entropy
    if log_variance is None:
        return {"loss": distance(output, batch)}
    reconstruction = distance(output, batch, reduction="sum") / len(batch)
    kl = (mean.square() + log_variance.exp() - 1 - log_variance).sum() / 2 / len(batch)
    return {"loss": reconstruction + beta * kl, "reconstruction": reconstruction, "kl": kl}


def _need_images(images: Tensor) -> Tensor:
    if not isinstance(images, Tensor):
        raise TypeError(f"images: expected a tensor, got {type(images).__name__}")
    if images.dim() not in (3, 4) or not len(images):
        raise ValueError(
            f"images: expected [N, C, H, W] or [N, H, W] with N >= 1, got {list(images.shape)}"
        )
    data = images.detach().unsqueeze(1) if images.dim() == 3 else images.detach()
    data = data / 255 if data.dtype == torch.uint8 else data.float()
    lowest, highest = float(data.min()), float(data.max())
    if not (lowest >= 0 and highest <= 1):
        raise ValueError(f"images: expected values in [0, 1], got [{lowest:g}, {highest:g}]")
    return data


def _optimizer(
    optimizer: Optimizer, model: Autoencoder, learning_rate: float
) -> torch.optim.Optimizer:
    if callable(optimizer):
        return optimizer(model.parameters())
    if optimizer not in _OPTIMIZERS:
        raise ValueError(f"optimizer: expected one of {sorted(_OPTIMIZERS)}, got {optimizer!r}")
    return _OPTIMIZERS[optimizer](model.parameters(), lr=learning_rate)


def _best_device() -> torch.device:
    accelerator = torch.accelerator.current_accelerator()
    available = accelerator is not None and torch.accelerator.is_available()
    return accelerator if available and accelerator is not None else torch.device("cpu")
