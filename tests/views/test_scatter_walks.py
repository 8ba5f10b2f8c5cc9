"""Walks and sheets: the decoder's own outputs, along the path and in their place."""

import threading
import time

import numpy as np
import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for
from torchloupe.reduce import along, places
from torchloupe.views._scatter_walks import decode_all

torch.manual_seed(0)
RNG = np.random.default_rng(0)
CLOUD = RNG.normal(size=(60, 4)) * [3, 2, 1, 0.5] + 1


def make_decoder(latent=4):
    """Return one that would be noticed in training mode."""
    return nn.Sequential(
        nn.Linear(latent, 12), nn.BatchNorm1d(12), nn.Dropout(0.5), nn.Unflatten(1, (1, 3, 4))
    )


def outputs(decoder, latents):
    """Return what the decoder makes of each alone."""
    with torch.no_grad():
        decoder.eval()
        rows = torch.from_numpy(np.asarray(latents, np.float32))
        return torch.cat([decoder(row[None]) for row in rows]).numpy()


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("spherical", [False, True])
def test_a_walk_shows_what_lies_along_the_path(front_end, spherical):
    decoder = make_decoder().train()
    view = tl.LatentScatter(CLOUD, decode=decoder)
    found = view.walk(CLOUD[:3], steps=7, spherical=spherical)
    assert found.shape == (7, 1, 3, 4)
    assert found.dtype == np.float32
    assert all(module.training for module in decoder.modules())
    close(found, outputs(decoder, along(CLOUD[:3], 7, spherical=spherical)))
    tl.ImageGrid(found)


def test_places_are_of_the_plane_that_is_shown(front_end):
    """Seen to fail with the places put into the first two dimensions."""
    decoder = make_decoder()
    view = tl.LatentScatter(CLOUD, decode=decoder)
    stops = np.array([[-2.0, 1.0], [3.0, -1.0]])
    latents = along(view._projecting.scene.projected.back(stops), 5)
    close(view.walk(stops, 5), outputs(decoder, latents))
    view.projection = (3, 0)
    expected = np.repeat(CLOUD.mean(0)[None], 2, axis=0)
    expected[:, [3, 0]] = stops
    close(view.walk(stops, 2), outputs(decoder, expected))


def test_a_sheet_covers_what_is_seen(front_end):
    """Seen to fail with the rows upside down."""
    decoder = make_decoder(2)
    view = tl.LatentScatter(CLOUD[:, :2], decode=decoder)
    found = view.sheet(5)
    assert found.shape == (25, 1, 3, 4)
    close(found, outputs(decoder, places(tuple(view.bounds), 5)))
    view.receive("window", {"x0": 0.0, "x1": 1.0, "y0": 2.0, "y1": 4.0}, "me")
    close(view.sheet(3), outputs(decoder, places((0, 1, 2, 4), 3)))
    close(view.sheet(3, window=(0, 3, 0, 3))[0], outputs(decoder, [[0.5, 2.5]])[0])
    tl.ImageGrid(found)


def test_a_sheet_of_two_dimensions_of_many(front_end):
    decoder = make_decoder()
    view = tl.LatentScatter(CLOUD, decode=decoder)
    found = view.sheet(4, dimensions=(2, 1))
    expected = np.repeat(CLOUD.mean(0)[None], 16, axis=0)
    low, high = CLOUD.min(0), CLOUD.max(0)
    margin = 0.05 * (high - low)
    low, high = low - margin, high + margin
    expected[:, [2, 1]] = places((low[2], high[2], low[1], high[1]), 4)
    close(found, outputs(decoder, expected))


def test_the_decoder_of_a_run_is_asked_between_two_steps(front_end):
    """Seen to fail when it was called at once."""
    decoder, callers = make_decoder(), set()

    def decode(z):
        callers.add(threading.current_thread().name)
        return decoder(z)

    def train(run):
        for _ in run.track(iter(int, 1)):
            time.sleep(0.002)

    with tl.Run("walks") as run:
        data = torch.from_numpy(CLOUD).float()
        run.probe(tl.Latents(nn.Identity(), data, decode=decode), every=1).start(train)
        wait_for(lambda: "latents" in run.channels)
        view = tl.LatentScatter(run)
        callers.clear()
        found = view.sheet(4)
        assert callers == {"torchloupe walks"}
        run.stop()
        run.wait()
        again = view.sheet(4)
        assert found.shape == again.shape == (16, 1, 3, 4)


@pytest.mark.parametrize(
    "decode",
    [
        lambda z: z.view(1, 2, 2),
        lambda z: z.mean(0, keepdim=True),
        lambda z: z.reshape(-1)[:4].reshape(1, 4),
        lambda z: torch.cumsum(z, 0),
        lambda z: z[:1].expand(len(z), 4),
    ],
    ids=["one only", "mean", "the first", "mixed", "the first for all"],
)
def test_a_decoder_that_takes_but_one_is_asked_one_by_one(front_end, decode):
    """Seen to fail when what came of a batch was believed."""
    view = tl.LatentScatter(CLOUD, decode=decode)
    found = view.walk(CLOUD[:9], 9)
    alone = np.concatenate([decode(torch.from_numpy(row)[None]) for row in along(CLOUD[:9], 9)])
    close(found, alone)


def test_many_are_decoded_at_once(front_end):
    sizes = []

    def decode(latents):
        sizes.append(latents.shape)
        return np.atleast_2d(latents) * 2

    latents = RNG.normal(size=(600, 3)).astype(np.float32)
    np.testing.assert_array_equal(decode_all(decode, latents), 2 * latents)
    assert len(sizes) == 2 + 3
    for count in (1, 2, 3):
        np.testing.assert_array_equal(decode_all(decode, latents[:count]), 2 * latents[:count])


def test_outputs_that_are_no_images_come_as_they_are(front_end):
    view = tl.LatentScatter(CLOUD, decode=nn.Linear(4, 7))
    assert view.walk(CLOUD[:2], 5).shape == (5, 7)


def test_what_is_missing_is_said(front_end):
    with pytest.raises(RuntimeError, match="walk: there is no decoder.*give decode="):
        tl.LatentScatter(CLOUD).walk(CLOUD[:2])
    with tl.Run("walks") as run:
        view = tl.LatentScatter(run)
        with pytest.raises(RuntimeError, match="sheet: there are no points yet"):
            view.sheet()
        run.log_points("latents", CLOUD)
        with pytest.raises(RuntimeError, match="sheet: there is no decoder"):
            view.sheet()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda view: view.walk([1.0, 2.0]), "places"),
        (lambda view: view.walk(np.zeros((2, 3))), r"places has shape \[2, 3\]; expected finite"),
        (lambda view: view.walk(np.zeros((0, 2))), "places has shape"),
        (lambda view: view.walk([[np.nan, 0.0]]), "places has shape"),
        (lambda view: view.walk(np.zeros((2, 2)), 0), "steps is 0"),
        (lambda view: view.sheet(0), "count is 0"),
        (lambda view: view.sheet(2.5), "count: expected an int"),
        (lambda view: view.sheet(2, (0,)), "dimensions is"),
        (lambda view: view.sheet(2, (0, 4)), "dimensions"),
        (lambda view: view.sheet(2, (1, 1)), "dimensions"),
        (lambda view: view.sheet(2, 3), "dimensions"),
        (lambda view: view.sheet(2, window=(0, 1)), "window"),
    ],
)
def test_what_is_not_of_its_form_is_refused(front_end, call, words):
    view = tl.LatentScatter(CLOUD, decode=nn.Linear(4, 4))
    with pytest.raises((TypeError, ValueError), match=words):
        call(view)


def test_what_the_decoder_raises_is_raised(front_end):
    view = tl.LatentScatter(CLOUD, decode=nn.Linear(9, 4))
    with pytest.raises(RuntimeError, match="shapes"):
        view.sheet(2)
