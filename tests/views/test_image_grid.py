"""Images: what is drawn, over which range, and what is refused."""

import numpy as np
import pytest
import torch

import torchloupe as tl
from tests.front_end import wait_for

RAMP = np.linspace(0, 1, 3 * 16, dtype=np.float32).reshape(3, 1, 4, 4)


@pytest.fixture
def run():
    with tl.Run("pictures") as made:
        yield made


def shown(view):
    """Return the images as [R, N, C, H, W], to compare with what was given."""
    return view.images.transpose(0, 1, 4, 2, 3)


def test_images_travel_as_they_are(front_end):
    view = tl.ImageGrid(torch.from_numpy(RAMP), labels=["a", None, 3])
    np.testing.assert_array_equal(shown(view)[0], RAMP)
    assert view.images.dtype == np.float32
    assert view.row_names == [""]
    assert view.row_kinds == ["sequential"]
    assert view.row_ranges == [[0.0, 1.0]]
    assert view.captions == ["a", "no label", "3"]
    assert view.summary == "range 0–1 · 3 images"
    assert view.title == "Images"
    np.testing.assert_array_equal(front_end.array(view, "images"), view.images)


def test_images_without_a_channel_axis(front_end):
    np.testing.assert_array_equal(tl.ImageGrid(RAMP[:, 0]).images, tl.ImageGrid(RAMP).images)
    assert tl.ImageGrid(RAMP[0, 0]).images.shape == (1, 1, 4, 4, 1)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels(front_end, channels):
    view = tl.ImageGrid(np.zeros((2, channels, 4, 5)))
    assert view.images.shape == (1, 2, 4, 5, channels)


@pytest.mark.parametrize(
    ("images", "limits"),
    [
        (torch.full((1, 2, 2), 7, dtype=torch.uint8), [0, 255]),
        (torch.ones(1, 2, 2, dtype=torch.bool), [0, 1]),
        (torch.tensor([[[-0.5, 0.5]]]), [-1, 1]),
        (torch.tensor([[[-3.0, 5.0]]]), [-3, 5]),
        (torch.tensor([[[-3.0, 5.0]]], dtype=torch.bfloat16), [-3, 5]),
        (torch.tensor([[[0.0, float("nan")]]]), [0, 1]),
        (torch.full((1, 2, 2), float("nan")), [0, 1]),
        (torch.tensor([[[2**53, 0]]]), [0, 2.0**53]),
    ],
)
def test_the_range_is_that_of_the_dtype_or_of_the_values(front_end, run, images, limits):
    assert tl.ImageGrid(images).row_ranges == [limits]
    run.log_images("pictures", images)
    assert tl.ImageGrid(run).row_ranges == [limits]


def test_what_is_not_finite_is_counted(front_end):
    view = tl.ImageGrid(np.array([[[np.nan, np.inf, 0.5]]]))
    assert view.summary == "range 0–1 · 1 image · 2 values not finite"
    np.testing.assert_array_equal(view.images.ravel(), np.array([np.nan, np.inf, 0.5], np.float32))


def test_rows_of_a_mapping_share_a_range(front_end):
    view = tl.ImageGrid({"before": RAMP, "after": RAMP * 3})
    assert view.row_names == ["before", "after"]
    assert view.row_ranges == [[0, 3], [0, 3]]
    np.testing.assert_array_equal(shown(view), np.stack([RAMP, RAMP * 3]))


def test_rows_of_different_dtypes_have_a_range_each(front_end):
    pixels = (RAMP * 255).astype(np.uint8)
    view = tl.ImageGrid({"float": RAMP, "bytes": pixels})
    assert view.row_ranges == [[0, 1], [0, 255]]
    assert "own ranges" in view.summary


def test_a_large_picture_is_made_coarser_and_says_so(front_end):
    view = tl.ImageGrid(np.ones((1, 1, 1024, 1024), np.float32))
    assert view.images.shape == (1, 1, 512, 512, 1)
    assert view.images.nbytes <= 2**20
    assert view.summary == "range 0–1 · 1 image · shown at 1/2 size"


def test_many_pictures_are_cut_and_say_so(front_end):
    view = tl.ImageGrid(np.zeros((10_000, 1, 28, 28), np.float32), labels=range(10_000))
    count = view.images.shape[1]
    assert view.images.nbytes <= 2**20
    assert f"{count} of 10000 images" in view.summary
    assert len(view.captions) == count


def test_the_view_has_its_own_copy(front_end):
    images = RAMP.copy()
    view = tl.ImageGrid(images)
    images[:] = 9
    np.testing.assert_array_equal(shown(view)[0], RAMP)


# -- of a run ---------------------------------------------------------------------------------


def test_empty_at_first(front_end, run):
    view = tl.ImageGrid(run)
    assert view.images is None
    assert view.summary == "no images yet"
    assert view.row_names == view.captions == []


def test_logged_images_arrive(front_end, run):
    view = tl.ImageGrid(run, "pictures")
    assert view.title == "Pictures"
    front_end.render(view)
    run.log_images("other", RAMP * 0)
    run.log_images("pictures", RAMP, labels=[1, 2, 3])
    wait_for(lambda: front_end.state(view)["captions"] == ["1", "2", "3"])
    np.testing.assert_array_equal(front_end.array(view, "images"), view.images)
    np.testing.assert_array_equal(shown(view)[0], RAMP)
    assert view.summary == "step 0 · range 0–1 · 3 images"


def test_input_output_and_their_difference(front_end, run):
    model = torch.nn.Conv2d(1, 1, 1)
    images = torch.from_numpy(RAMP)
    run.probe(tl.Reconstructions(model, images), every=1)
    for _ in run.track(range(2)):
        pass
    view = tl.ImageGrid(run)
    with torch.no_grad():
        expected = model(images).numpy()
    assert view.row_names == ["input", "output", "difference"]
    assert view.row_kinds == ["sequential", "sequential", "diverging"]
    np.testing.assert_array_equal(shown(view)[0], RAMP)
    np.testing.assert_allclose(shown(view)[1], expected, rtol=1e-6)
    np.testing.assert_allclose(shown(view)[2], expected - RAMP, rtol=1e-5)
    low, high = view.row_ranges[2]
    assert low == -high
    assert high >= np.abs(expected - RAMP).max() * 0.999
    error = float(np.square(expected - RAMP).mean())
    assert f"MSE {error:.4g}" in view.summary
    assert view.summary.startswith("epoch 1 · ")


def test_a_model_that_answers_infinity_is_shown_with_a_count(front_end, run):
    run.probe(tl.Reconstructions(lambda x: x / 0, torch.from_numpy(RAMP)), every=1)
    for _ in run.track(range(1)):
        pass
    view = tl.ImageGrid(run)
    assert view.row_ranges[2] == [-1.0, 1.0]
    assert "48 values not finite" in view.summary


# -- what is refused ----------------------------------------------------------------------------

LAZY = torch.nn.LazyLinear(2).weight
REFUSED = {
    "five channels": (np.zeros((1, 5, 2, 2)), ValueError, r"\[1, 5, 2, 2\]"),
    "two channels": (np.zeros((1, 2, 2, 2)), ValueError, r"\[1, 2, 2, 2\]"),
    "one axis": (np.zeros(4), ValueError, r"\[4\]"),
    "five axes": (np.zeros((1, 1, 1, 2, 2)), ValueError, r"\[1, 1, 1, 2, 2\]"),
    "no images": (np.zeros((0, 1, 2, 2)), ValueError, r"\[0, 1, 2, 2\]"),
    "no pixels": (np.zeros((1, 1, 0, 2)), ValueError, r"\[1, 1, 0, 2\]"),
    "complex": (torch.zeros(1, 2, 2, dtype=torch.complex64), TypeError, "complex64.*abs"),
    "sparse": (torch.eye(2).to_sparse(), TypeError, "sparse.*to_dense"),
    "meta": (torch.zeros(1, 2, 2, device="meta"), TypeError, "meta"),
    "lazy": (LAZY, TypeError, "shape is not known yet"),
    "text": ("picture", (TypeError, ValueError), "data_or_run"),
    "nothing": (None, (TypeError, ValueError), "data_or_run"),
    "objects": ([[object()]], TypeError, "data_or_run"),
    "ragged": ([[[1.0], [1.0, 2.0]]], ValueError, "data_or_run"),
    "no rows": ({}, ValueError, "data_or_run"),
    "rows that differ": ({"a": RAMP, "b": RAMP[:2]}, ValueError, "one shape.*a.*b"),
    "rows of one name": ({1: RAMP, "1": RAMP}, ValueError, "a name each"),
    "too many rows": ({str(n): RAMP for n in range(33)}, ValueError, "1 to 32 rows"),
    "a bad row": ({"fine": RAMP, "odd": RAMP.astype(complex)}, TypeError, "odd.*complex"),
    "beyond 2**53": (torch.full((1, 2, 2), 2**53 + 1), ValueError, "9007199254740993"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_shown_is_refused_by_name(front_end, case):
    images, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        tl.ImageGrid(images)
    assert front_end.models == {}


@pytest.mark.parametrize("case", [case for case in REFUSED if "row" not in case])
def test_and_so_by_the_run(run, case):
    images, error, message = REFUSED[case]
    with pytest.raises(error, match=message.replace("data_or_run", "images")):
        run.log_images("pictures", images)
    assert run.channels == {}


ACCEPTED = {
    "float8": torch.ones(1, 2, 2).to(torch.float8_e4m3fn),
    "bfloat16": torch.ones(1, 2, 2, dtype=torch.bfloat16),
    "float16": torch.ones(1, 2, 2, dtype=torch.float16),
    "float64": torch.ones(1, 2, 2, dtype=torch.float64),
    "bool": torch.ones(1, 2, 2, dtype=torch.bool),
    "int64": torch.ones(1, 2, 2, dtype=torch.int64),
    "requires grad": torch.ones(1, 2, 2, requires_grad=True) * 1,
    "not contiguous": torch.ones(2, 2, 1).permute(2, 0, 1),
    "expanded": torch.ones(1, 1, 1).expand(1, 2, 2),
    "lists": [[[1, 1], [1, 1]]],
    "a list of tensors": [torch.ones(2, 2)],
    "big-endian": np.ones((1, 2, 2), ">f4"),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_can_be_shown_is_shown_as_it_is(front_end, run, case):
    np.testing.assert_array_equal(tl.ImageGrid(ACCEPTED[case]).images.ravel(), np.ones(4))
    run.log_images("pictures", ACCEPTED[case])
    np.testing.assert_array_equal(tl.ImageGrid(run).images.ravel(), np.ones(4))


def test_labels_are_literal_text(front_end):
    hostile = ["<img src=x onerror=alert(1)>", "</script>", "\x00\u202e", "x" * 10_000, "\ud800"]
    view = tl.ImageGrid(np.zeros((5, 2, 2)), labels=hostile)
    assert view.captions[:3] == hostile[:3]
    assert len(view.captions[3]) == 80
    view.captions[4].encode()


@pytest.mark.parametrize("labels", [["a"], 7, "abc", np.zeros((3, 2)), [object()] * 3])
def test_labels_that_do_not_fit_are_refused(front_end, run, labels):
    with pytest.raises((TypeError, ValueError), match="labels"):
        tl.ImageGrid(RAMP, labels=labels)
    with pytest.raises((TypeError, ValueError), match="labels"):
        run.log_images("pictures", RAMP, labels=labels)


def test_labels_beside_a_run_are_refused(run):
    with pytest.raises(TypeError, match="labels"):
        tl.ImageGrid(run, labels=["a"])


def test_selected_samples_light_up(front_end):
    """Seen to fail without the selection in the version, and with places for samples."""
    with tl.Run("selected") as run:
        run.log_images("all", np.zeros((4, 3, 3)))
        grid = tl.ImageGrid(run, "all")
        front_end.render(grid)
        assert front_end.state(grid)["selected"] == []
        run.selection = [3, 1, 99]
        wait_for(lambda: front_end.state(grid)["selected"] == [1, 3])
        run.selection = None
        wait_for(lambda: front_end.state(grid)["selected"] == [])
