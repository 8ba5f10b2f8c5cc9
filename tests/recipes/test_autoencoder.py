"""The autoencoder recipe: it learns, it computes what it says, and it refuses what it must."""

import functools

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

import torchloupe as tl
from torchloupe.recipes import Autoencoder
from torchloupe.recipes._autoencoder import _losses

IMAGES, LABELS = tl.data.digits()


@pytest.fixture
def autoencoder():
    """The recipe on the CPU; its runs are closed at the end."""
    torch.manual_seed(0)
    runs = []

    def train(images=IMAGES, *arguments, **keywords):
        run = tl.recipes.autoencoder(images, *arguments, **{"device": "cpu", **keywords})
        runs.append(run)
        run.wait(120)
        return run

    yield train
    for run in runs:
        run.close()


# -- it learns --------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["bce", "mse"])
@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize("convolutional", [False, True])
def test_the_loss_falls(autoencoder, loss, variational, convolutional):
    run = autoencoder(
        IMAGES[:512],
        LABELS[:512],
        loss=loss,
        variational=variational,
        convolutional=convolutional,
        hidden=(32, 16),
        epochs=2,
        batch_size=32,
        learning_rate=3e-3,
    )
    assert (run.state, run.step, run.epoch) == ("finished", 32, 2)
    assert run.problems == []
    _, losses = run.history("loss")
    assert losses[-4:].mean() < losses[:4].mean()
    expected = {"loss", "reconstruction", "kl"} if variational else {"loss"}
    assert set(run.scalars) == expected
    assert set(run.channels) == {"latents", "reconstructions", "architecture"}
    assert run.latest("latents")[1]["points"].shape == (512, 2)
    assert run.latest("reconstructions")[1]["output"].shape == (10, 8, 8, 1)


def test_it_beats_the_mean_picture(autoencoder):
    run = autoencoder(latent=8, loss="mse", epochs=12, batch_size=32, learning_rate=3e-3)
    with torch.no_grad():
        error = nn.functional.mse_loss(run.model.eval()(IMAGES)[0], IMAGES)
    assert error < IMAGES.var(0, correction=0).mean()


def test_the_parts_add_up(autoencoder):
    run = autoencoder(IMAGES[:64], variational=True, beta=0.5, epochs=3)
    whole, first, second = (run.history(name)[1] for name in ("loss", "reconstruction", "kl"))
    np.testing.assert_allclose(whole, first + 0.5 * second, rtol=1e-5)


# -- it computes what it says -------------------------------------------------------------------


class Fixed(nn.Module):
    """Answers with given tensors in place of an autoencoder."""

    def __init__(self, *answers):
        super().__init__()
        self.answers = answers

    def forward(self, images):
        return self.answers


def test_the_divergence_is_torch_s_own():
    mean, log_variance = torch.randn(7, 5), torch.randn(7, 5)
    output, images = torch.rand(7, 1, 8, 8), torch.rand(7, 1, 8, 8)
    parts = _losses(Fixed(output, mean, log_variance), images, "mse", 3.0)
    prior = Normal(torch.zeros(5), torch.ones(5))
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), prior).sum(1).mean()
    torch.testing.assert_close(parts["kl"], expected)
    squares = (output - images).square().flatten(1).sum(1).mean()
    torch.testing.assert_close(parts["reconstruction"], squares)
    torch.testing.assert_close(parts["loss"], squares + 3 * expected)


@pytest.mark.parametrize(
    ("loss", "oracle"),
    [("mse", nn.MSELoss()), ("bce", nn.BCELoss())],
)
def test_the_plain_losses_are_torch_s_own(loss, oracle):
    output, images = torch.rand(7, 1, 8, 8), torch.rand(7, 1, 8, 8)
    parts = _losses(Fixed(output, torch.zeros(7, 2), None), images, loss, 1.0)
    torch.testing.assert_close(parts, {"loss": oracle(output, images)})


def test_a_variational_encoder_samples_only_while_training():
    model = Autoencoder((1, 8, 8), variational=True)
    images = IMAGES[:4]
    outputs = [model(images)[0] for _ in range(2)]
    assert not torch.equal(*outputs)
    model.eval()
    outputs = [model(images)[0] for _ in range(2)]
    assert torch.equal(*outputs)
    assert torch.equal(outputs[0], model.decoder(model.encode(images)[0]))


def test_the_samples_have_the_mean_and_the_variance_of_the_code():
    model = Autoencoder((1, 2, 2), latent=1, variational=True, hidden=())
    model.decoder = nn.Identity()
    mean, log_variance = model.encode(torch.zeros(1, 1, 2, 2))
    torch.manual_seed(0)
    samples = model(torch.zeros(20_000, 1, 2, 2))[0]
    deviation = (log_variance / 2).exp().item()
    assert abs(samples.mean().item() - mean.item()) < 0.05 * deviation
    assert abs(samples.std().item() - deviation) < 0.05 * deviation


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 12, 8), (4, 4, 4)])
@pytest.mark.parametrize("convolutional", [False, True])
@pytest.mark.parametrize("latent", [1, 2, 5])
def test_shapes_go_through(shape, convolutional, latent):
    model = Autoencoder(shape, latent, convolutional=convolutional, hidden=(6, 3))
    output, mean, log_variance = model(torch.rand(2, *shape))
    assert output.shape == (2, *shape)
    assert mean.shape == (2, latent)
    assert log_variance is None


# -- what it takes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "images",
    [
        IMAGES[:40, 0],
        (IMAGES[:40] * 255).to(torch.uint8),
        IMAGES[:40] > 0.5,
        IMAGES[:40].double(),
        IMAGES[:40].bfloat16(),
        IMAGES[:40].requires_grad_(),
        IMAGES[:40].expand(-1, 3, -1, -1),
    ],
)
def test_images_of_many_kinds(autoencoder, images):
    run = autoencoder(images, epochs=1)
    assert run.problems == []
    assert run.state == "finished"


@pytest.mark.parametrize(
    "optimizer", ["adam", "adamw", "sgd", functools.partial(torch.optim.RMSprop, lr=1e-3)]
)
def test_optimizers(autoencoder, optimizer):
    assert autoencoder(IMAGES[:64], epochs=1, optimizer=optimizer).state == "finished"


def test_the_learning_rate_is_used(autoencoder):
    before = torch.manual_seed(1) and Autoencoder((1, 8, 8)).state_dict()
    torch.manual_seed(1)
    run = autoencoder(IMAGES[:64], epochs=1, optimizer="sgd", learning_rate=1e-30)
    for name, value in run.model.state_dict().items():
        torch.testing.assert_close(value, before[name])


def test_zero_epochs_train_nothing(autoencoder):
    run = autoencoder(epochs=0)
    assert (run.state, run.step) == ("finished", 0)


@pytest.mark.parametrize("labels", [LABELS, LABELS.numpy(), LABELS.tolist(), range(1797), None])
def test_labels_of_many_kinds(autoencoder, labels):
    run = autoencoder(IMAGES, labels, epochs=0)
    assert run.problems == []


REFUSED = [
    ({"images": None}, TypeError, "images: expected a tensor, got NoneType"),
    ({"images": IMAGES.numpy()}, TypeError, "images: expected a tensor, got ndarray"),
    ({"images": IMAGES[0, 0, 0]}, ValueError, r"images: .*\[8\]"),
    ({"images": IMAGES[:0]}, ValueError, r"images: .*\[0, 1, 8, 8\]"),
    ({"images": IMAGES[..., :0]}, ValueError, r"images: .*\[1797, 1, 8, 0\]"),
    ({"images": IMAGES.expand(-1, 5, -1, -1)}, ValueError, "images: expected 1, 3 or 4 channels"),
    ({"images": IMAGES - 1}, ValueError, r"images: expected values in \[0, 1\], got \[-1, 0\]"),
    ({"images": IMAGES * float("nan")}, ValueError, r"images: expected values in \[0, 1\]"),
    ({"images": IMAGES.to(torch.complex64)}, TypeError, "images: .*complex64"),
    ({"images": IMAGES.to(torch.float8_e4m3fn)}, TypeError, "images: .*float8"),
    ({"images": IMAGES.long()}, TypeError, "images: .*int64"),
    ({"images": IMAGES.to("meta")}, TypeError, "images: .*meta"),
    ({"images": IMAGES[0].to_sparse()}, TypeError, "images: .*sparse"),
    ({"labels": LABELS[:5]}, ValueError, "labels"),
    ({"labels": 7}, TypeError, "labels"),
    ({"labels": (each for each in LABELS)}, TypeError, "labels: expected a sequence"),
    ({"latent": 0}, ValueError, "latent: expected at least 1, got 0"),
    ({"latent": 2.0}, TypeError, "latent: expected an int, got float"),
    ({"latent": True}, TypeError, "latent: expected an int, got bool"),
    ({"hidden": 64}, TypeError, "hidden: expected a sequence of ints, got int"),
    ({"hidden": "64"}, TypeError, "hidden"),
    ({"hidden": (64, 0)}, ValueError, r"hidden\[1\]: expected at least 1"),
    ({"hidden": (64, 1.5)}, TypeError, r"hidden\[1\]: expected an int"),
    ({"hidden": (1, 2, 3), "convolutional": True}, ValueError, "hidden: expected two"),
    ({"images": IMAGES[..., :7], "convolutional": True}, ValueError, "images: .*8 × 7"),
    ({"loss": "l1"}, ValueError, "loss: expected one of 'mse', 'bce', got 'l1'"),
    ({"loss": None}, ValueError, "loss"),
    ({"beta": -1}, ValueError, "beta: expected a finite number of at least 0, got -1"),
    ({"beta": float("nan")}, ValueError, "beta"),
    ({"beta": "1"}, TypeError, "beta: expected a number, got str"),
    ({"epochs": -1}, ValueError, "epochs: expected at least 0, got -1"),
    ({"epochs": 1.5}, TypeError, "epochs: expected an int"),
    ({"batch_size": 0}, ValueError, "batch_size: expected at least 1, got 0"),
    ({"batch_size": None}, TypeError, "batch_size"),
    ({"optimizer": "newton"}, ValueError, "optimizer: expected one of"),
    ({"optimizer": ["adam"]}, ValueError, "optimizer"),
    ({"optimizer": list}, TypeError, "optimizer: expected it to make an optimizer, got list"),
    ({"learning_rate": 0}, ValueError, "learning_rate: expected a finite number above 0"),
    ({"learning_rate": float("inf")}, ValueError, "learning_rate"),
    ({"learning_rate": "fast"}, TypeError, "learning_rate"),
    ({"device": "warp"}, ValueError, "device: 'warp' cannot be used here"),
    ({"device": "meta"}, ValueError, "device"),
    ({"device": object()}, ValueError, "device"),
    ({"shown": 0}, ValueError, "shown: expected at least 1, got 0"),
    ({"shown": -1}, ValueError, "shown"),
    ({"name": 7}, TypeError, "name"),
    ({"name": "x" * 10_000}, ValueError, "name"),
    ({"save_to": "no/such/folder/weights.pt"}, FileNotFoundError, "save_to"),
    ({"save_to": "."}, IsADirectoryError, "save_to"),
    ({"save_to": 7}, TypeError, "save_to"),
    ({"load_from": "no such file"}, FileNotFoundError, "load_from: expected a file"),
]


@pytest.mark.parametrize(
    ("keywords", "error", "message"), REFUSED, ids=lambda value: str(value)[:40]
)
def test_what_is_wrong_is_named_before_anything_begins(autoencoder, keywords, error, message):
    with pytest.raises(error, match=message):
        autoencoder(**keywords)


def test_a_plain_and_a_variational_one_differ_in_their_encoder_alone():
    plain, variational = (Autoencoder((1, 8, 8), variational=each) for each in (False, True))
    assert str(plain.decoder) == str(variational.decoder)
    assert str(plain.encoder[:-1]) == str(variational.encoder[:-1])


def test_its_history_can_be_kept(autoencoder, tmp_path):
    run = autoencoder(epochs=1, dir=tmp_path, name="kept")
    run.close()
    opened = tl.open(tmp_path / "kept")
    assert opened.history("loss")[0].tolist() == run.history("loss")[0].tolist()
    assert opened.channels.keys() == {"architecture", "reconstructions", "latents"}
    opened.close()
