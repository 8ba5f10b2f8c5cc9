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
from ..tap import Latents, Probe, Reconstructions
from ._checkpoint import load, save
from ._door import (
    need_choice,
    need_count,
    need_device,
    need_images,
    need_number,
    need_source,
    need_target,
)
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
    dir: str | Path | None = None,  # noqa: A002  as a run's
    save_to: str | Path | None = None,
    load_from: str | Path | None = None,
) -> Run:
    """Train an autoencoder in the background and return its run at once.

    Logged are `loss` and, if variational, its parts `reconstruction` and `kl`. A plain
    autoencoder's loss is the mean over pixels; a variational one's is in nats an image: the
    reconstruction summed over pixels plus `beta` times the Kullback-Leibler divergence from a
    standard normal (Kingma and Welling 2014; `beta` after Higgins et al. 2017).

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
        dir: a folder to keep the run's history in, see `tl.Run`.
        save_to: where to write the weights when training ends.
        load_from: weights to begin with.

    Returns:
        The started run; its `model` is the `Autoencoder`.

    Raises:
        TypeError, ValueError: an argument is not of this form; the message names it.
        FileNotFoundError: `load_from`, or the directory of `save_to`, does not exist.
    """
    data = need_images(images)
    need_choice(loss, "loss", ("mse", "bce"))
    beta = need_number(beta, "beta")
    epochs = need_count(epochs, "epochs", least=0)
    shown = need_count(shown, "shown")
    if save_to is not None:
        need_target(save_to, "save_to")
    place = need_device(device)
    model = Autoencoder(
        data.shape[1:],
        latent,
        variational=variational,
        convolutional=convolutional,
        hidden=hidden,
    ).to(place)
    if load_from is not None:
        load(model, need_source(load_from, "load_from"))
    stepper = _optimizer(optimizer, model, learning_rate)
    batch_size = need_count(batch_size, "batch_size")
    loader = DataLoader(TensorDataset(data), batch_size=batch_size, shuffle=True)
    probes = _probes(model, data, labels, shown)

    run = Run(name, dir)
    run.model = model
    for probe in probes:
        run.probe(probe)

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


def _probes(model: Autoencoder, data: Tensor, labels: Any, shown: int) -> list[Probe]:
    if labels is not None and not hasattr(labels, "__getitem__"):
        raise TypeError(f"labels: expected a sequence, got {type(labels).__name__}")
    latents = Latents(
        model.encoder,
        data,
        labels=labels,
        log_variance=model.variational,
        decode=model.decoder,
    )
    captions = None if labels is None else labels[:shown]
    return [Reconstructions(model, data[:shown], labels=captions), latents]


def _optimizer(
    optimizer: Optimizer, model: Autoencoder, learning_rate: float
) -> torch.optim.Optimizer:
    if not callable(optimizer):
        named = _OPTIMIZERS[need_choice(optimizer, "optimizer", _OPTIMIZERS)]
        return named(model.parameters(), lr=need_number(learning_rate, "learning_rate", above=0))
    made = optimizer(model.parameters())
    if not isinstance(made, torch.optim.Optimizer):
        raise TypeError(f"optimizer: expected it to make an optimizer, got {type(made).__name__}")
    return made
