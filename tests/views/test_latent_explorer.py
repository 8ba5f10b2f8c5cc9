"""The explorer: what is steered shows the decoder's own outputs, and nothing hostile gets in."""

import gc
import math
import time
import weakref

import numpy as np
import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for
from torchloupe.reduce import along, places

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


@pytest.fixture
def decoder():
    return make_decoder()


@pytest.fixture
def page(front_end, shell, decoder):
    view = tl.LatentScatter(CLOUD, LABELS, decode=decoder)
    yield Page(front_end, view)
    view.close()


def test_it_is_made_when_somebody_wants_it_and_goes_with_its_scatter(front_end, shell, decoder):
    view = tl.LatentScatter(CLOUD, decode=decoder)
    front_end.render(view)
    assert front_end.state(view)["explorer"] is None
    page = Page(front_end, view)
    assert page.of_scatter("explorer") == f"anywidget:{page.explorer.model_id}"
    assert view.explore() is page.explorer
    page.explorer.close()
    again = view.explore()
    assert again is not page.explorer
    assert again.is_open
    gone = weakref.ref(again)
    view.close()
    assert not again.is_open
    front_end.clients.clear()
    front_end.comms.clear()
    del again, view, page
    gc.collect()
    assert gone() is None


def test_a_slider_decodes_with_all_the_others_where_they_stand(page, decoder):
    """Seen to fail with each slide beginning at the mean."""
    mean = CLOUD.mean(0)
    page.say("slide", dimension=3, value=2.5)
    page.say("slide", dimension=0, value=-1.0)
    expected = mean.copy()
    expected[[3, 0]] = 2.5, -1.0
    wait_for(lambda: page.of_scatter("decoded_ask") == page.asks)
    np.testing.assert_allclose(page.view.pointer, expected, rtol=1e-6)
    np.testing.assert_allclose(page.view.decoded, outputs(decoder, [expected])[0], atol=1e-6)
    wait_for(lambda: page.state("latent_ask") == page.asks)
    np.testing.assert_allclose(page.array("latent"), expected, rtol=1e-6)
    assert page.state("latent_client") == page.client
    page.say("centre")
    wait_for(lambda: page.of_scatter("decoded_ask") == page.asks)
    np.testing.assert_allclose(page.view.pointer, mean, rtol=1e-6)


def test_the_crosshair_goes_to_the_latents_place(page):
    """Seen to fail with the first two dimensions taken for the place."""
    page.say("slide", dimension=1, value=0.5)
    wait_for(lambda: page.of_scatter("decoded_ask") == page.asks)
    scene = page.view._projecting.scene
    at = np.array(page.of_scatter("decoded_at"))
    latent = page.view.pointer.astype(np.float64)
    origin = scene.projected.back(np.zeros((1, 2)))[0]
    axes = scene.projected.back(np.eye(2)) - origin
    np.testing.assert_allclose(at, (latent - origin) @ axes.T, atol=1e-5)
    page.say("project", name="dimensions", dimensions=[2, 1])
    wait_for(lambda: page.of_scatter("axes") == ["z₂", "z₁"])
    page.say("slide", dimension=0, value=4.0)
    wait_for(lambda: page.of_scatter("decoded_ask") == page.asks)
    np.testing.assert_allclose(page.of_scatter("decoded_at"), page.view.pointer[[2, 1]], rtol=1e-6)


def test_in_raw_dimensions_a_click_keeps_the_others_at_the_sliders(page):
    """Seen to fail with the others at their mean."""
    page.say("project", name="dimensions", dimensions=[3, 1])
    wait_for(lambda: page.of_scatter("axes") == ["z₃", "z₁"])
    page.front_end.event(page.view, "decode", page.client, x=0.5, y=1.5, ask=1)
    np.testing.assert_allclose(page.view.pointer[[0, 2]], CLOUD.mean(0)[[0, 2]], rtol=1e-6)
    page.say("slide", dimension=0, value=7.0)
    page.front_end.event(page.view, "decode", page.client, x=-0.5, y=2.0, ask=2)
    expected = [7.0, 2.0, CLOUD.mean(0)[2], -0.5]
    np.testing.assert_allclose(page.view.pointer, expected, rtol=1e-6)


def test_the_pointer_can_be_set_in_python(front_end, shell, decoder):
    view = tl.LatentScatter(CLOUD, decode=decoder)
    view.pointer = [1.0, 2.0, 3.0, 4.0]
    wait_for(lambda: view.decoded is not None)
    np.testing.assert_allclose(view.decoded, outputs(decoder, [[1, 2, 3, 4]])[0], atol=1e-6)
    view.projection = (0, 1)
    found = view.sheet(3, dimensions=(1, 2))
    assert found.shape == (9, 1, 3, 4)
    centre = view.sheet(1, window=(0.0, 2.0, 1.0, 3.0))
    np.testing.assert_allclose(centre, outputs(decoder, [[1, 2, 3, 4]]), rtol=1e-4, atol=1e-5)
    for wrong in ([1.0, 2.0], [1.0, 2.0, 3.0, np.nan], "here", None):
        with pytest.raises((TypeError, ValueError), match="pointer"):
            view.pointer = wrong
    with pytest.raises(RuntimeError, match="pointer: there is no decoder"):
        tl.LatentScatter(CLOUD).pointer = [0.0] * 4


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


def test_planes_are_chosen_and_an_embedding_given_up(page):
    assert (page.state("projection"), page.state("progress")) == ("PCA", -1)
    assert "of the variance" in page.state("words")
    page.say("project", name="t-SNE", dimensions=[])
    assert page.view.projection == "t-SNE"
    wait_for(lambda: page.state("projection") == "t-SNE")
    page.say("cancel")
    wait_for(lambda: page.state("projection") == "PCA")
    assert page.view.projection is None
    page.say("project", name="dimensions", dimensions=[1, 3, 0])
    wait_for(lambda: page.state("chosen") == [1, 3, 0])
    assert page.view.projection == (1, 3, 0)


def test_what_is_not_installed_is_refused_and_said(front_end, shell, monkeypatch):
    from torchloupe.views import _latent_explorer

    monkeypatch.setattr(
        _latent_explorer, "lacking", lambda name: "pip install" if name == "UMAP" else ""
    )
    page = Page(front_end, tl.LatentScatter(CLOUD))
    assert page.state("unavailable") == {"UMAP": "pip install"}
    page.say("project", name="UMAP", dimensions=[])
    assert page.view.projection is None


def test_measures_come_with_flags_and_definitions(front_end, shell):
    dead = CLOUD.copy()
    dead[:, 2] = 0.25
    view = tl.LatentScatter(dead, LABELS)
    page = Page(front_end, view)
    wait_for(lambda: page.state("measured"))
    measured = view.measures
    assert page.state("measured")["agreement"] == pytest.approx(measured.agreement, rel=1e-5)
    assert page.state("measured")["silhouette"] == pytest.approx(measured.silhouette, rel=1e-5)
    np.testing.assert_allclose(page.array("variance"), measured.variance, rtol=1e-6)
    assert page.array("flags").tolist() == [1, 1, 2, 1]
    assert set(page.state("definitions")) == set(tl.reduce.DEFINITIONS)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("project", {"name": "moon", "dimensions": []}),
        ("project", {"name": "dimensions", "dimensions": [0, 99]}),
        ("project", {"name": "dimensions", "dimensions": [0, 0]}),
        ("project", {"name": "x" * 1000, "dimensions": []}),
        ("slide", {"dimension": 4, "value": 0.0, "ask": 1}),
        ("slide", {"dimension": -1, "value": 0.0, "ask": 1}),
        ("slide", {"dimension": 0, "value": math.inf, "ask": 1}),
        ("slide", {"dimension": 0, "value": 1e300, "ask": 1}),
        ("slide", {"dimension": 0, "value": "1", "ask": 1}),
        ("stop", {"x": math.nan, "y": 0.0, "ask": 1}),
        ("stop", {"x": 1e200, "y": 0.0, "ask": 1}),
        ("walk", {"steps": 1, "spherical": False, "ask": 1}),
        ("walk", {"steps": 10**9, "spherical": False, "ask": 1}),
        ("walk", {"steps": 5, "spherical": 1, "ask": 1}),
        ("sheet", {"count": 10**6, "dimensions": [], "window": [0, 1, 0, 1], "ask": 1}),
        ("sheet", {"count": 3, "dimensions": [], "window": [1, 0, 0, 1], "ask": 1}),
        ("sheet", {"count": 3, "dimensions": [], "window": [0, 1], "ask": 1}),
        ("sheet", {"count": 3, "dimensions": [0, 77], "window": [], "ask": 1}),
        ("sheet", {"count": 3, "dimensions": [0], "window": [], "ask": 1}),
        ("show", {"of": "path", "index": 0, "ask": 1}),
        ("show", {"of": "__class__", "index": 0, "ask": 1}),
        ("show", {"of": "sheet", "index": 2**40, "ask": 1}),
        ("unstop", {"all": "yes", "ask": 1}),
        ("nothing", {}),
    ],
)
def test_what_is_hostile_is_counted_and_changes_nothing(page, name, data):
    before = page.explorer.content()
    rejected = page.explorer.uplink.rejected
    page.front_end.event(page.explorer, name, page.client, **data)
    assert page.explorer.uplink.rejected == rejected + 1
    assert str(page.explorer.content()) == str(before)
    assert page.view.pointer is None
    assert page.view.projection is None


def test_no_more_stops_than_a_path_has(page):
    for x in range(40):
        page.say("stop", x=float(x), y=0.0)
    wait_for(lambda: page.state("stop_count") == 32)
    assert page.explorer.uplink.rejected >= 8


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.full((4, 3), np.nan), np.ones((1, 3))])
def test_few_points_and_none(front_end, shell, points):
    page = Page(front_end, tl.LatentScatter(points, decode=nn.Linear(3, 4)))
    page.say("slide", dimension=1, value=2.0)
    wait_for(lambda: page.of_scatter("decoded_ask") == page.asks)
    page.say("sheet", count=2, dimensions=[0, 1], window=[])
    wait_for(lambda: page.array("sheet_images") is not None)
    assert (page.array("lows") < page.array("highs")).all()


def test_one_dimension_is_enough(front_end, shell):
    page = Page(front_end, tl.LatentScatter(CLOUD[:, :1], decode=nn.Linear(1, 4)))
    page.say("stop", x=0.0, y=0.0)
    page.say("stop", x=2.0, y=0.5)
    page.images("path", 12)
    page.say("sheet", count=2, dimensions=[], window=[0.0, 1.0, 0.0, 1.0])
    page.images("sheet", 4)
    page.say("slide", dimension=0, value=1.25)
    wait_for(lambda: page.of_scatter("decoded_at") == [1.25, 0.0])


def test_nothing_to_see_yet(front_end, shell):
    with tl.Run("exploring") as run:
        page = Page(front_end, tl.LatentScatter(run))
        assert page.array("latent") is None
        for name, data in (("slide", {"dimension": 0, "value": 1.0}), ("centre", {})):
            page.say(name, **data)
        run.log_points("latents", CLOUD)
        wait_for(lambda: page.array("latent") is not None)
