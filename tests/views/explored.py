"""A latent space to explore, and somebody who does."""

import numpy as np
import torch
from torch import nn

from tests.front_end import wait_for

torch.manual_seed(0)
RNG = np.random.default_rng(0)
CLOUD = RNG.normal(size=(80, 4)) * [3, 2, 1, 0.5] + 1
LABELS = np.arange(80) % 3


def make_decoder(latent=4):
    """Return one that would be noticed in training mode."""
    return nn.Sequential(
        nn.Linear(latent, 12), nn.BatchNorm1d(12), nn.Dropout(0.5), nn.Unflatten(1, (1, 3, 4))
    ).train()


def outputs(decoder, latents):
    """Return what the decoder makes of each alone."""
    flags = [module.training for module in decoder.modules()]
    decoder.eval()
    with torch.no_grad():
        rows = torch.from_numpy(np.asarray(latents, np.float32))
        found = torch.cat([decoder(row[None]) for row in rows]).numpy()
    for module, flag in zip(decoder.modules(), flags, strict=True):
        module.training = flag
    return found


class Page:
    """Somebody who looks at a scatter and steers it with its explorer."""

    def __init__(self, front_end, view):
        self.front_end, self.view = front_end, view
        self.client = front_end.render(view)
        front_end.event(view, "explore", self.client)
        self.explorer = wait_for(lambda: view._explorer)
        wait_for(lambda: self.of_scatter("explorer"))
        self.client = front_end.render(self.explorer)
        self.asks = 0

    def of_scatter(self, name):
        return self.front_end.state(self.view)[name]

    def state(self, name):
        return self.front_end.state(self.explorer)[name]

    def array(self, name):
        return self.front_end.array(self.explorer, name)

    def say(self, name, /, **data):
        """Say something and wait until a frame has taken it in."""
        self.asks += 1
        asked = {**data, "ask": self.asks} if "ask" in self.explorer.events[name] else data
        self.front_end.event(self.explorer, name, self.client, **asked)

    def images(self, of, count, said=None):
        """Return the images of the path or the sheet, once so many are there: [N, C, H, W]."""
        wait_for(lambda: (self.state(f"{of}_ask") == self.asks) if said is None else said())
        wait_for(lambda: self.array(f"{of}_images") is not None or self.state(f"{of}_problem"))
        wait_for(lambda: len(self.array(f"{of}_images")) == count)
        codes = self.array(f"{of}_images").astype(np.float64)
        low, high = self.state(f"{of}_range")
        return (low + codes / 254 * (high - low)).transpose(0, 3, 1, 2), (high - low) / 254


def close(found, expected):
    images, step = found
    np.testing.assert_allclose(images, expected, rtol=0, atol=0.51 * step)
