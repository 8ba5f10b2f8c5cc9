"""Paths and sheets of the explorer show the decoder's own outputs."""

import time

import numpy as np
import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for
from tests.views.explored import CLOUD, LABELS, Page, close, make_decoder, outputs
from torchloupe.reduce import along, places


@pytest.fixture
def decoder():
    return make_decoder()


@pytest.fixture
def page(front_end, shell, decoder):
    view = tl.LatentScatter(CLOUD, LABELS, decode=decoder)
    yield Page(front_end, view)
    view.close()


@pytest.mark.parametrize("spherical", [False, True])
def test_a_path_shows_the_decoders_own_outputs(page, decoder, spherical):
    """Seen to fail with the walk taken through the plane's places as if they were latents."""
    back = page.view._projecting.scene.projected.back
    stops = np.array([[-2.0, 0.5], [1.0, 2.0], [3.0, -1.0]])
    for x, y in stops:
        page.say("stop", x=x, y=y)
    page.say("walk", steps=7, spherical=spherical)
    found = page.images("path", 7)
    latents = along(back(stops), 7, spherical=spherical)
    close(found, outputs(decoder, latents))
    assert (page.state("stop_count"), page.state("steps")) == (3, 7)
    assert page.state("spherical") is spherical
    np.testing.assert_allclose(page.array("stops"), stops, atol=1e-5)
    if not spherical:
        np.testing.assert_allclose(page.array("path_places"), along(stops, 7), atol=1e-5)
    page.say("show", of="path", index=4)
    np.testing.assert_allclose(page.view.pointer, latents[4], rtol=1e-5, atol=1e-6)


def test_a_path_stays_where_it_is_in_the_latent_space(page):
    for x in (-2.0, 2.0):
        page.say("stop", x=x, y=0.0)
    latents = page.view._projecting.scene.projected.back(np.array([[-2.0, 0.0], [2.0, 0.0]]))
    page.say("project", name="dimensions", dimensions=[2, 0])
    wait_for(lambda: page.state("projection") == "dimensions")
    wait_for(lambda: np.allclose(page.array("stops"), latents[:, [2, 0]], atol=1e-5))
    page.say("unstop", all=False)
    wait_for(lambda: page.state("stop_count") == 1)
    assert page.array("path_images") is None
    page.say("unstop", all=True)
    wait_for(lambda: page.state("stop_count") == 0)
    assert page.array("stops") is None


def test_a_sheet_covers_the_window_that_the_page_tells(page, decoder):
    window = (-1.0, 2.0, 0.0, 4.0)
    page.say("sheet", count=3, dimensions=[], window=list(window))
    latents = page.view._projecting.scene.projected.back(places(window, 3))
    close(page.images("sheet", 9), outputs(decoder, latents))
    assert page.state("sheet_window") == list(window)
    assert page.state("sheet_axes") == ["PC 1", "PC 2"]
    np.testing.assert_allclose(page.array("sheet_places"), places(window, 3), atol=1e-5)
    page.say("show", of="sheet", index=5)
    np.testing.assert_allclose(page.view.pointer, latents[5], rtol=1e-5, atol=1e-6)


def test_a_sheet_of_two_dimensions_has_the_others_at_the_sliders(page, decoder):
    page.say("slide", dimension=0, value=6.0)
    page.say("sheet", count=4, dimensions=[3, 2], window=[])
    found = page.images("sheet", 16)
    window = page.state("sheet_window")
    latents = np.repeat(CLOUD.mean(0)[None], 16, axis=0)
    latents[:, 0] = 6.0
    latents[:, [3, 2]] = places(window, 4)
    close(found, outputs(decoder, latents))
    assert window[0] <= CLOUD[:, 3].min() < CLOUD[:, 3].max() <= window[1]
    assert page.state("sheet_dimensions") == [3, 2]


def test_the_page_tells_what_it_shows(front_end, shell, decoder):
    """Seen to fail with the old window kept where all is seen again."""
    view = tl.LatentScatter(CLOUD[:, :2], decode=make_decoder(2))
    seen = {"x0": 0.0, "x1": 1.0, "y0": 2.0, "y1": 4.0}
    view.receive("window", seen, "me")
    view.receive("seen", {**seen, "x1": 3.0, "fitted": False}, "me")
    np.testing.assert_array_equal(view.sheet(3), view.sheet(3, window=(0.0, 3.0, 2.0, 4.0)))
    view.receive("seen", {**seen, "fitted": True}, "me")
    np.testing.assert_array_equal(view.sheet(3), view.sheet(3, window=tuple(view.bounds)))


def test_while_it_trains_one_question_a_boundary_and_the_newest_of_each_kind(front_end, shell):
    """Seen to fail with all kinds answered at one boundary."""
    decoder, boundaries, held = make_decoder(), [], [True]

    def decode(z):
        boundaries.append(run.step)
        return decoder(z)

    def train(run):
        for _ in run.track(iter(int, 1)):
            while held[0] and run.step > 3:
                time.sleep(0.005)
            time.sleep(0.002)

    with tl.Run("exploring") as run:
        data = torch.from_numpy(CLOUD).float()
        run.probe(tl.Latents(nn.Identity(), data, decode=decode), every=1)
        run.start(train)
        wait_for(lambda: run.step > 3)
        page = Page(front_end, tl.LatentScatter(run))
        for count in (2, 5, 3):
            page.say("sheet", count=count, dimensions=[], window=[-1.0, 1.0, -1.0, 1.0])
        for x in (-1.0, 1.0):
            page.say("stop", x=x, y=0.0)
        boundaries.clear()
        held[0] = False
        assert len(page.images("path", 12)[0]) == 12
        page.asks = 3
        assert len(page.images("sheet", 9)[0]) == 9
        assert run.state == "running"
        # the sheet of nine at one boundary, the path's twelve at a later one, and nothing else
        assert len(set(boundaries)) == 2
        assert page.state("path_moment").startswith("step ")
        run.stop()
        run.wait()
        assert list(run.problems) == []


def test_what_the_decoder_raises_is_said(front_end, shell):
    page = Page(front_end, tl.LatentScatter(CLOUD, decode=nn.Linear(9, 4)))
    page.say("sheet", count=2, dimensions=[0, 1], window=[])
    wait_for(lambda: "shapes" in page.state("sheet_problem"))
    assert page.array("sheet_images") is None


def test_more_than_fits_is_refused_with_what_would(front_end, shell):
    """Seen to fail with everything decoded."""
    wide = nn.Sequential(nn.Linear(2, 4), nn.Unflatten(1, (1, 2, 2)), nn.Upsample(scale_factor=128))
    page = Page(front_end, tl.LatentScatter(CLOUD[:, :2], decode=wide))
    page.say("sheet", count=20, dimensions=[], window=[-1.0, 1.0, -1.0, 1.0])
    wait_for(lambda: "too many at once; at most 64, a grid of 8 × 8" in page.state("sheet_problem"))
    page.say("sheet", count=8, dimensions=[], window=[-1.0, 1.0, -1.0, 1.0])
    wait_for(lambda: page.array("sheet_images") is not None)
    assert page.array("sheet_images").shape == (64, 64, 64, 1)


def test_no_more_stops_than_a_path_has(page):
    for x in range(40):
        page.say("stop", x=float(x), y=0.0)
    wait_for(lambda: page.state("stop_count") == 32)
    assert page.explorer.uplink.rejected >= 8
