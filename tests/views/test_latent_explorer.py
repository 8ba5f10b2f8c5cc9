"""The explorer: what is steered shows the decoder's own outputs, and nothing hostile gets in."""

import gc
import math
import weakref

import numpy as np
import pytest
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for
from tests.views.explored import CLOUD, LABELS, Page, make_decoder, outputs


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
