"""Small models of many kinds, each with a training step and with probes that suit it."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

import torchloupe as tl

Loss = Callable[[Tensor], Tensor]


@dataclass
class Case:
    """One model to train: its parts, data, losses (one an optimizer), and probes."""

    modules: dict[str, nn.Module]
    data: Tensor
    losses: dict[str, Loss]
    probes: Callable[[], list[Any]]


def _classification(model: nn.Module, data: Tensor) -> Case:
    def scores() -> Tensor:
        return model(data[:4])

    def spread() -> dict[str, Tensor]:
        return {"mean": model(data[:4]).mean(), "noise": torch.randn(())}

    loss = lambda x: F.cross_entropy(model(x), torch.arange(len(x)) % 4)
    return Case({"model": model}, data, {"model": loss}, lambda: [scores, spread])


def mlp() -> Case:
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
    case = _classification(model, torch.randn(12, 6))
    case.probes = lambda: [tl.Latents(model, case.data, labels=list("aabbccddeeff"))]
    return case


def frozen_batch_norm() -> Case:
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout2d(0.3),
        nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Dropout(0.3), nn.Linear(64, 4),
    )  # fmt: skip
    model[5].eval()
    for parameter in model[5].parameters():
        parameter.requires_grad_(False)
    return _classification(model, torch.randn(12, 1, 8, 8))


class _Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.memory = nn.LSTM(3, 5, num_layers=2, dropout=0.2, batch_first=True)
        self.head = nn.Linear(5, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.memory(x)[0][:, -1])


def lstm() -> Case:
    return _classification(_Recurrent(), torch.randn(12, 6, 3))


def transformer() -> Case:
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
    encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    model = nn.Sequential(encoder, nn.Flatten(), nn.Linear(40, 4))
    return _classification(model, torch.randn(12, 5, 8))


class _Variational(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.BatchNorm1d(8), nn.Tanh())
        self.mean, self.spread = nn.Linear(8, 2), nn.Linear(8, 2)
        self.decoder = nn.Sequential(nn.Linear(2, 16), nn.Dropout(0.2), nn.Sigmoid())

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.encoder(x)
        return self.mean(hidden), self.spread(hidden)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, spread = self.encode(x)
        z = mean + torch.randn_like(mean) * (spread / 2).exp()
        return mean, spread, self.decoder(z)


def vae() -> Case:
    model, data = _Variational(), torch.rand(12, 1, 4, 4)

    def loss(x: Tensor) -> Tensor:
        mean, spread, output = model(x)
        divergence = (spread.exp() + mean**2 - 1 - spread).sum()
        return F.mse_loss(output, x.flatten(1)) + 1e-3 * divergence

    probes = lambda: [
        tl.Reconstructions(model, data[:3]),
        tl.Latents(model.encode, data, labels=range(12), decode=model.decoder, batch_size=5),
        tl.Samples(lambda z: model.decoder(z).view(-1, 1, 4, 4), torch.randn(3, 2)),
    ]
    return Case({"model": model}, data, {"model": loss}, probes)


def gan() -> Case:
    generator = nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.Unflatten(1, (1, 4, 4)))
    critic = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.Dropout(0.3), nn.Linear(8, 1))
    data = torch.rand(12, 1, 4, 4)

    def critic_loss(x: Tensor) -> Tensor:
        fake = generator(torch.randn(len(x), 2)).detach()
        return F.softplus(-critic(x)).mean() + F.softplus(critic(fake)).mean()

    def generator_loss(x: Tensor) -> Tensor:
        return F.softplus(-critic(generator(torch.randn(len(x), 2)))).mean()

    def verdict() -> Tensor:
        return critic(data).mean()

    modules = {"critic": critic, "generator": generator}
    losses = {"critic": critic_loss, "generator": generator_loss}
    probes = lambda: [tl.Samples(generator, torch.randn(4, 2)), verdict]
    return Case(modules, data, losses, probes)


def spectral_norm() -> Case:
    first = parametrizations.spectral_norm(nn.Linear(6, 8))
    model = nn.Sequential(first, nn.ReLU(), parametrizations.spectral_norm(nn.Linear(8, 4)))
    return _weight_reading(model, first)


def weight_norm() -> Case:
    first = parametrizations.weight_norm(nn.Linear(6, 8))
    model = nn.Sequential(first, nn.ReLU(), parametrizations.weight_norm(nn.Linear(8, 4)))
    return _weight_reading(model, first)


def old_spectral_norm() -> Case:
    first = nn.utils.spectral_norm(nn.Linear(6, 8))
    return _weight_reading(nn.Sequential(first, nn.ReLU(), nn.Linear(8, 4)), first)


def old_weight_norm() -> Case:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        first = nn.utils.weight_norm(nn.Linear(6, 8))
    return _weight_reading(nn.Sequential(first, nn.ReLU(), nn.Linear(8, 4)), first)


def _weight_reading(model: nn.Module, layer: nn.Module) -> Case:
    """Read a weight whose very reading changes buffers in train mode."""
    case = _classification(model, torch.randn(12, 6))

    def largest() -> Tensor:
        return layer.weight.abs().max()

    case.probes = lambda: [tl.Latents(model, case.data), largest]
    return case


class _Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(4, 6)
        self.mix = nn.Linear(6, 6)
        self.head = nn.Linear(6, 4, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.mix(self.embedding(x)).sum(1)))


def tied_weights() -> Case:
    return _classification(_Tied(), torch.randint(0, 4, (12, 5)))


def lazy_linear() -> Case:
    model = nn.Sequential(nn.LazyLinear(8), nn.LazyBatchNorm1d(), nn.Dropout(0.2), nn.LazyLinear(4))
    return _classification(model, torch.randn(12, 6))


def resnet18() -> Case:
    model = torchvision.models.resnet18(num_classes=4)
    return _classification(model, torch.randn(4, 3, 32, 32))


class _Noisy(nn.Module):
    """Draws from every generator there is, in training and in evaluation, and keeps a diary."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(6, 4)
        self.own = torch.Generator().manual_seed(5)
        self.numpy = np.random.default_rng(5)
        self.python = random.Random(5)
        self.diary: list[float] = []
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("average", torch.zeros(4))

    def forward(self, x: Tensor) -> Tensor:
        noise = torch.randn(4) + torch.randn(4, generator=self.own)
        shift = np.random.normal() + random.random() + self.numpy.random() + self.python.random()
        self.calls += 1
        output = self.body(x) + 0.1 * noise + shift
        self.average.data.lerp_(output.detach().mean(0), 0.1)
        self.diary.append(float(self.average.sum()))
        self.newest = output.detach()
        return output + 0.1 * self.average + 0.01 * self.calls


def noisy() -> Case:
    return _classification(_Noisy(), torch.randn(12, 6))


_MAKERS = [
    mlp, frozen_batch_norm, lstm, transformer, vae, gan, spectral_norm, weight_norm,
    old_spectral_norm, old_weight_norm, tied_weights, lazy_linear, resnet18, noisy,
]  # fmt: skip
CASES: dict[str, Callable[[], Case]] = {make.__name__: make for make in _MAKERS}
