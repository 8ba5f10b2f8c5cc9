"""A click in the latent space: the answer is the decoder's own, whatever the run is doing."""

import threading
import time

import numpy as np
import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.front_end import wait_for

torch.manual_seed(0)
DATA = torch.randn(40, 1, 4, 4)


class Model(nn.Module):
    """An autoencoder whose decoder would be noticed in training mode, or if it kept anything."""

    def __init__(self, latent=2, shape=(1, 4, 4)):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(16, latent))
        self.decoder = nn.Sequential(
            nn.Linear(latent, 16), nn.BatchNorm1d(16), nn.Dropout(0.5), nn.Unflatten(1, shape)
        )


def watched(model, run, **keywords):
    keywords = {"decode": model.decoder, **keywords}
    run.probe(tl.Latents(model.encoder, DATA, **keywords), every=1)
    return run


@pytest.fixture
def run():
    with tl.Run("decoding") as made:
        yield made
        if made.state in ("running", "paused"):
            made.stop()


class Page:
    """Somebody who clicks and waits for the picture."""

    def __init__(self, front_end, view):
        self.front_end, self.view, self.asked = front_end, view, 0
        self.client = front_end.render(view)

    def click(self, x, y):
        self.asked += 1
        self.front_end.event(self.view, "decode", self.client, x=x, y=y, ask=self.asked)

    def answered(self):
        state = self.front_end.state(self.view)
        mine = state["decoded_client"] == self.client
        return mine and state["decoded_ask"] == self.asked

    def decode(self, x, y):
        """Return the picture as [C, H, W]."""
        self.click(x, y)
        wait_for(self.answered)
        picture = self.front_end.array(self.view, "decoded_image")
        return None if picture is None else picture.transpose(2, 0, 1)


def expected(model, view):
    """Return what the decoder makes of the place that was asked for."""
    latent = torch.from_numpy(view.pointer)[None]
    if view.run is not None:  # it may be training: only between two steps is the model ours
        return view.run.ask(lambda: model.decoder(latent)).numpy()
    with torch.no_grad():
        return model.decoder.eval()(latent).numpy()


def in_training(model):
    """Tell whether the flags are back: an answer is there before the guard has put them so."""
    return all(module.training for module in model.modules())


def endless(run):
    for _ in run.track(iter(int, 1)):
        time.sleep(0.002)


def test_the_answer_while_it_runs_is_paused_and_has_ended(front_end, shell, run):
    model = Model().train()
    watched(model, run).start(endless)
    wait_for(lambda: "latents" in run.channels)
    view = tl.LatentScatter(run)
    page = Page(front_end, view)
    answers = {"running": page.decode(0.5, -1.5)}
    run.pause()
    wait_for(lambda: run.state == "paused")
    answers["paused"] = page.decode(0.5, -1.5)
    wait_for(lambda: in_training(model))
    run.stop()
    run.wait()
    answers["stopped"] = page.decode(0.5, -1.5)
    np.testing.assert_array_equal(view.pointer, np.array([0.5, -1.5], np.float32))
    wait_for(lambda: in_training(model))
    for state, answer in answers.items():
        np.testing.assert_array_equal(answer, expected(model, view)[0], err_msg=state)
    np.testing.assert_array_equal(view.decoded, expected(model, view)[0])
    assert front_end.state(view)["decoded_at"] == [0.5, -1.5]


def test_only_the_newest_question_of_a_flood_is_answered(front_end, run):
    model, calls, gate = Model(), [], threading.Event()

    def decode(z):
        calls.append(threading.current_thread().name)
        return model.decoder(z)

    def train(run):
        for step in run.track(range(3)):
            if step == 1:
                gate.wait(20)

    watched(model, run, decode=decode).start(train)
    wait_for(lambda: run.step == 1)
    view = tl.LatentScatter(run)
    page = Page(front_end, view)
    for number in range(1_000):
        page.click(number, -number)
    assert view.uplink.rejected == 0
    assert calls == []
    gate.set()
    wait_for(page.answered)
    assert front_end.state(view)["decoded_at"] == [999.0, -999.0]
    assert calls == ["torchloupe decoding"]


def test_the_questions_of_two_views_do_not_replace_each_other(front_end, run):
    model = Model()
    watched(model, run).start(endless)
    wait_for(lambda: "latents" in run.channels)
    run.pause()
    wait_for(lambda: run.state == "paused")
    pages = [Page(front_end, tl.LatentScatter(run)) for _ in range(2)]
    for number, page in enumerate(pages):
        page.click(number, number)
    for page in pages:
        wait_for(page.answered)


@pytest.mark.parametrize("latent", [1, 2, 3, 16])
def test_dimensions_that_are_not_shown_stay_at_their_mean(front_end, run, latent):
    model = Model(latent)
    watched(model, run).start(endless)
    wait_for(lambda: "latents" in run.channels)
    view = tl.LatentScatter(run, projection=(0, 1) if latent > 2 else None)
    answer = Page(front_end, view).decode(2.0, 3.0)
    with torch.no_grad():
        mean = model.encoder(DATA).mean(0).numpy()
    mean[:2] = [2.0, 3.0][:latent]
    np.testing.assert_allclose(view.pointer, mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(answer, expected(model, view)[0])


@pytest.mark.parametrize("shape", [(16,), (4, 4), (1, 4, 4)])
def test_a_flat_output_takes_the_shape_of_the_data(front_end, run, shape):
    model = Model(shape=shape)
    watched(model, run).start(endless)
    wait_for(lambda: "latents" in run.channels)
    view = tl.LatentScatter(run)
    answer = Page(front_end, view).decode(0.0, 0.0)
    np.testing.assert_array_equal(answer, expected(model, view).reshape(1, 4, 4))


def test_a_flat_output_of_another_size_is_a_row(front_end, run):
    model = Model()
    watched(model, run, decode=nn.Linear(2, 7)).start(endless)
    wait_for(lambda: "latents" in run.channels)
    assert Page(front_end, tl.LatentScatter(run)).decode(0.0, 0.0).shape == (1, 1, 7)


@pytest.mark.parametrize(
    ("decode", "words"),
    [
        (lambda z: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda z: z.new_zeros(1, 5, 2, 2), "the decoder's output has shape"),
        (lambda z: "text", "TypeError"),
        (lambda z: z.new_zeros(1, 1, 0, 0), "ValueError"),
        (lambda z: torch.complex(z, z), "complex"),
        (nn.Linear(3, 4), "RuntimeError"),
    ],
)
def test_a_decoder_that_fails_says_so_in_the_view(front_end, run, decode, words):
    watched(Model(), run, decode=decode).start(endless)
    wait_for(lambda: "latents" in run.channels)
    view = tl.LatentScatter(run)
    page = Page(front_end, view)
    assert page.decode(0.0, 0.0) is None
    assert words in front_end.state(view)["decoded_problem"]
    assert run.state == "running"
    assert view.problem == ""


def test_after_a_failure_the_next_answer_has_no_problem(front_end, run):
    model, failing = Model(), [True]

    def decode(z):
        if failing:
            raise ValueError("no")
        return model.decoder(z)

    watched(model, run, decode=decode).start(endless)
    wait_for(lambda: "latents" in run.channels)
    view = tl.LatentScatter(run)
    page = Page(front_end, view)
    assert page.decode(0.0, 0.0) is None
    failing.clear()
    assert page.decode(0.0, 0.0) is not None
    assert front_end.state(view)["decoded_problem"] == ""


@pytest.mark.parametrize("place", [(1e300, 0.0), (0.0, -1e39)])
def test_a_place_beyond_all_floats_is_refused(front_end, run, place):
    watched(Model(), run).start(endless)
    wait_for(lambda: "latents" in run.channels)
    view = tl.LatentScatter(run)
    Page(front_end, view).click(*place)
    assert view.uplink.rejected == 1
    assert view.pointer is None


def test_points_without_a_decoder_answer_nothing(front_end, run):
    run.log_points("latents", np.eye(2))
    view = tl.LatentScatter(run)
    Page(front_end, view).click(0.0, 0.0)
    assert (view.pointer, view.decoded, view.decodable) == (None, None, False)


def test_of_a_closed_run_the_view_says_that_it_is(front_end):
    run = watched(Model(), tl.Run("decoding"))
    for _ in run.track(range(1)):
        pass
    view = tl.LatentScatter(run)
    client = front_end.render(view)
    view_id, door = view.view_id, tl.ImageGrid(np.zeros((1, 2, 2))).uplink
    run.close()
    content = {"type": "event", "view": view_id, "client": client, "name": "decode"}
    door.receive({**content, "data": {"x": 0.0, "y": 0.0, "ask": 1}})
    assert door.rejected == 1
    late = tl.LatentScatter(run)
    page = Page(front_end, late)
    if late.decodable:
        assert page.decode(0.0, 0.0) is None
        assert "closed" in front_end.state(late)["decoded_problem"]
    late.close()


def test_points_of_ones_own_are_decoded_once_the_cell_is_over(front_end, shell):
    shell.user_ns.update(model=Model().train(), points=np.zeros((5, 2)))
    shell.run_cell("view = tl.LatentScatter(points, decode=model.decoder)", cell_id="own")
    view, model = shell.user_ns["view"], shell.user_ns["model"]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    answer = Page(front_end, view).decode(1.0, 2.0)
    wait_for(lambda: in_training(model))
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    np.testing.assert_array_equal(answer, expected(model, view)[0])


def test_points_of_ones_own_stop_no_run_of_that_name(front_end, shell):
    with tl.Run("points") as run:
        run.start(endless)
        tl.LatentScatter(np.zeros((5, 2)), decode=nn.Linear(2, 4))
        time.sleep(0.05)
        assert (run.state, run.pending) == ("running", None)
        run.stop()


def test_the_output_is_a_copy(front_end, run):
    kept = torch.zeros(1, 1, 4, 4)
    watched(Model(), run, decode=lambda z: kept).start(endless)
    wait_for(lambda: "latents" in run.channels)
    view = tl.LatentScatter(run)
    Page(front_end, view).decode(0.0, 0.0)
    kept += 1
    assert view.decoded.max() == 0
    assert view.decoded_image.max() == 0
