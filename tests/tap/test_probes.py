"""What probes take, what they make of a model's outputs, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import torchloupe as tl

never = lambda: False


@dataclass
class Output:
    latent: Tensor
    image: Tensor


class TestReconstructions:
    images = torch.rand(5, 1, 4, 4)

    @pytest.mark.parametrize(
        "model",
        [
            lambda x: x * 2,
            lambda x: x.flatten(1) * 2,
            lambda x: (torch.zeros(len(x), 3), x * 2),
            lambda x: {"z": torch.zeros(len(x), 3), "x": x.flatten(1) * 2},
            lambda x: [torch.zeros(len(x)), (x * 2, x)],
            lambda x: Output(torch.zeros(len(x), 2), x * 2),
            lambda x: (x * 2).to(torch.bfloat16).float(),
        ],
    )
    def test_outputs(self, model: Callable[[Tensor], Any]) -> None:
        answer = tl.Reconstructions(model, self.images, batch_size=2).evaluate(never)
        assert answer is not None
        inputs, outputs = answer.arrays["input"], answer.arrays["output"]
        assert inputs.shape == outputs.shape == (5, 4, 4, 1)
        assert np.allclose(outputs, 2 * inputs, rtol=1e-2)
        assert np.allclose(inputs[..., 0], self.images[:, 0])

    def test_the_output_of_ones_choice(self) -> None:
        probe = tl.Reconstructions(lambda x: (x, x + 1), self.images, output=lambda pair: pair[1])
        answer = probe.evaluate(never)
        assert answer is not None
        assert np.allclose(answer.arrays["output"], answer.arrays["input"] + 1)

    def test_wrong_size(self) -> None:
        probe = tl.Reconstructions(lambda x: x[:, :, :2], self.images)
        with pytest.raises(ValueError, match=r"model: expected an output of the images' shape"):
            probe.evaluate(never)
        with pytest.raises(TypeError, match="expected a tensor or a collection of them"):
            tl.Reconstructions(lambda x: "text", self.images).evaluate(never)

    def test_bfloat16_model(self) -> None:
        model = nn.Sequential(nn.Flatten(), nn.Linear(16, 16)).to(torch.bfloat16)
        with torch.no_grad():
            model[1].weight.copy_(torch.eye(16))
            model[1].bias.zero_()
        answer = tl.Reconstructions(model, self.images).evaluate(never)
        assert answer is not None
        assert answer.arrays["output"].dtype == np.float32
        assert np.allclose(answer.arrays["output"], answer.arrays["input"], atol=1e-2)

    def test_images_are_copied(self) -> None:
        images = self.images.clone()
        probe = tl.Reconstructions(lambda x: x, images)
        images.zero_()
        answer = probe.evaluate(never)
        assert answer is not None
        assert answer.arrays["input"].sum() > 0

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"model": 5}, "model: expected a module or a function, got int"),
            ({"images": "text"}, "images: expected a tensor"),
            ({"images": torch.rand(2, 5, 4, 4)}, "images "),
            ({"images": torch.rand(0, 1, 4, 4)}, "images: expected at least one sample"),
            ({"images": torch.rand(3)}, "images "),
            ({"images": torch.rand(2, 4, 4, device="meta")}, "images: .* on the meta device"),
            ({"images": torch.rand(2, 4, 4).to_sparse()}, "images: .* layout"),
            ({"images": np.array([["a"]])}, "images "),
            ({"output": 5}, "output: expected a module or a function, got int"),
            ({"labels": [1, 2]}, "labels has"),
            ({"batch_size": 0}, "batch_size: expected at least 1, got 0"),
            ({"batch_size": 2.5}, "batch_size: expected an int, got float"),
            ({"batch_size": True}, "batch_size: expected an int, got bool"),
        ],
    )
    def test_bad_arguments(self, arguments: dict[str, Any], message: str) -> None:
        good = {"model": nn.Identity(), "images": self.images}
        with pytest.raises((TypeError, ValueError), match=message):
            tl.Reconstructions(**{**good, **arguments})


class TestLatents:
    data = torch.randn(7, 6)

    @pytest.mark.parametrize(
        ("encoder", "width"),
        [
            (lambda x: x[:, :2], 2),
            (lambda x: (x[:, :3], x), 3),
            (lambda x: x.view(-1, 2, 3), 6),
            (lambda x: {"mean": x[:, :2]}, 2),
        ],
    )
    def test_outputs(self, encoder: Callable[[Tensor], Any], width: int) -> None:
        answer = tl.Latents(encoder, self.data, batch_size=3).evaluate(never)
        assert answer is not None
        assert answer.arrays["points"].shape == (7, width)
        assert np.allclose(answer.arrays["points"], self.data[:, :width])

    def test_limit_keeps_labels_aligned(self) -> None:
        data = torch.arange(100.0).reshape(100, 1)
        probe = tl.Latents(lambda x: x.repeat(1, 2), data, labels=range(100), limit=11)
        answer = probe.evaluate(never)
        assert answer is not None
        points, details = answer.arrays["points"][:, 0], answer.details
        assert (len(points), points[0], points[-1], details["total"]) == (11, 0, 99, 100)
        codes, classes, _ = details["labels"]
        assert [float(classes[code]) for code in codes] == points.tolist()

    def test_data_is_kept_rather_than_copied(self) -> None:
        """Seen to fail: the whole data set was held twice."""
        assert tl.Latents(nn.Identity(), self.data)._data.data_ptr() == self.data.data_ptr()

    def test_decoding(self) -> None:
        model = nn.Linear(2, 6, bias=False).to(torch.bfloat16)
        probe = tl.Latents(lambda x: x.flatten(1)[:, :2], self.data.view(7, 1, 2, 3), decode=model)
        probe.evaluate(never)
        decode = probe.decoder()
        assert decode is not None
        with torch.no_grad():
            image = decode(np.array([0.5, -1.0]))
            expected = model(torch.tensor([[0.5, -1.0]], dtype=torch.bfloat16))
        assert image.shape == (1, 1, 2, 3)
        assert np.allclose(image.ravel(), expected.float().numpy().ravel())

    def test_decoding_gives_the_latent_its_shape(self) -> None:
        shapes: list[tuple[int, ...]] = []

        def decode(z: Tensor) -> Tensor:
            shapes.append(tuple(z.shape))
            return z.flatten(1)

        probe = tl.Latents(lambda x: x.view(-1, 2, 3), self.data, decode=decode)
        probe.evaluate(never)
        probe.decoder()(np.zeros(6))  # type: ignore[misc]
        assert shapes == [(1, 2, 3)]

    def test_several_latents_are_decoded_at_once(self) -> None:
        model = nn.Sequential(nn.Linear(2, 6), nn.Tanh())
        probe = tl.Latents(lambda x: x.flatten(1)[:, :2], self.data.view(7, 1, 2, 3), decode=model)
        probe.evaluate(never)
        decode = probe.decoder()
        assert decode is not None
        latents = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
        with torch.no_grad():
            images = decode(latents)
            expected = model(torch.from_numpy(latents)).reshape(5, 1, 2, 3)
            assert decode(latents[:1]).shape == decode(latents[0]).shape == (1, 1, 2, 3)
        assert np.array_equal(images, expected)

    @pytest.mark.parametrize(
        ("data", "shape", "limits"),
        [
            (torch.rand(9, 3, 4, 5), (3, 4, 5), (0, 1)),
            (torch.rand(9, 4, 5) - 0.5, (1, 4, 5), (-1, 1)),
            (torch.randint(0, 255, (9, 1, 4, 5), dtype=torch.uint8), (1, 4, 5), (0, 255)),
            (torch.rand(9, 1, 4, 5, dtype=torch.bfloat16), (1, 4, 5), (0, 1)),
        ],
    )
    def test_data_that_are_images_can_be_looked_at(
        self, data: Tensor, shape: tuple[int, ...], limits: tuple[float, float]
    ) -> None:
        """Seen to fail when the rows were taken for indices of all the data."""
        probe = tl.Latents(lambda x: x.flatten(1)[:, :2].float(), data, limit=5)
        answer = probe.evaluate(never)
        assert answer is not None
        rows = np.array([4, 1])
        images, found = answer.details["images"](rows)
        samples = data[torch.from_numpy(answer.details["indices"][rows])].float()
        expected = samples.reshape(2, *shape).permute(0, 2, 3, 1)
        assert found == limits
        assert np.array_equal(images, expected)
        data.zero_()
        assert images.max() > 0

    @pytest.mark.parametrize("shape", [(9, 6), (9, 2, 4, 4), (9, 1, 0, 4), (9, 1, 2, 3, 4)])
    def test_data_that_are_no_images_are_none(self, shape: tuple[int, ...]) -> None:
        answer = tl.Latents(lambda x: torch.zeros(len(x), 2), torch.zeros(shape)).evaluate(never)
        assert answer is not None
        assert answer.details["images"] is None

    def test_stops_between_batches(self) -> None:
        seen: list[int] = []

        def encode(x: Tensor) -> Tensor:
            seen.append(len(x))
            return x

        probe = tl.Latents(encode, self.data, batch_size=2)
        assert probe.evaluate(lambda: len(seen) == 2) is None
        assert seen == [2, 2]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"encoder": None}, "encoder: expected a module or a function, got NoneType"),
            ({"data": [[1.0]]}, "data: expected a tensor"),
            ({"labels": [1]}, "labels has"),
            ({"decode": 5}, "decode: expected a module or a function, got int"),
            ({"limit": 0}, "limit: expected at least 1, got 0"),
        ],
    )
    def test_bad_arguments(self, arguments: dict[str, Any], message: str) -> None:
        good = {"encoder": nn.Identity(), "data": self.data}
        with pytest.raises((TypeError, ValueError), match=message):
            tl.Latents(**{**good, **arguments})

    def test_the_divergence_of_a_variational_encoder_comes_along(self):
        torch.manual_seed(0)
        head = nn.Linear(6, 8)

        def encoder(x):
            mean, logs = head(x).chunk(2, 1)
            return mean, torch.cat([logs[:, :3], -mean[:, 3:] * 0], 1) * 1.0

        data = torch.randn(40, 6)
        probe = tl.Latents(encoder, data, log_variance=True, batch_size=7)
        answer = probe.evaluate(never)
        mean, logs = encoder(data)
        np.testing.assert_allclose(answer.arrays["points"], mean.detach(), rtol=1e-6, atol=1e-7)
        normal = torch.distributions.Normal(mean, (logs / 2).exp())
        true = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0))
        divergence, quiet = answer.details["posterior"]
        np.testing.assert_allclose(divergence, true.mean(0).detach(), rtol=1e-5)
        np.testing.assert_allclose(quiet, (true < 0.01).double().mean(0))
        assert tl.Latents(encoder, data).evaluate(never).details["posterior"] is None

    @pytest.mark.parametrize(
        ("encoder", "error"),
        [
            (lambda x: x, TypeError),
            (lambda x: (x, x[:, :1]), ValueError),
        ],
    )
    def test_an_encoder_without_log_variance_says_so(self, encoder, error):
        probe = tl.Latents(encoder, torch.zeros(3, 2), log_variance=True)
        with pytest.raises(error, match="a mean and a log-variance"):
            probe.evaluate(never)

    def test_log_variance_is_a_switch(self):
        with pytest.raises(TypeError, match="log_variance: expected True or False, got str"):
            tl.Latents(nn.Identity(), torch.zeros(3, 2), log_variance="yes")


class TestSamples:
    def test_the_same_latents_each_time(self) -> None:
        z = torch.randn(5, 16)
        probe = tl.Samples(lambda z: z.view(-1, 1, 4, 4), z, batch_size=2)
        z_before = z.clone()
        z.zero_()
        for _ in range(2):
            answer = probe.evaluate(never)
            assert answer is not None
            assert np.allclose(answer.arrays[""][..., 0], z_before.view(5, 4, 4))

    def test_tuples_and_no_channel(self) -> None:
        answer = tl.Samples(lambda z: (z.view(-1, 4, 4), z), torch.randn(3, 16)).evaluate(never)
        assert answer is not None
        assert answer.arrays[""].shape == (3, 4, 4, 1)

    def test_no_pictures(self) -> None:
        with pytest.raises(ValueError, match="the generator's output"):
            tl.Samples(lambda z: z.view(-1, 7, 2, 2), torch.randn(3, 28)).evaluate(never)


class TestFunctions:
    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            (1, "scalar"),
            (np.float32(1), "scalar"),
            (torch.tensor(1), "scalar"),
            (True, "scalar"),
            (torch.ones(3, 2, requires_grad=True), "points"),
            (np.ones((2, 4, 4)), "images"),
            (torch.ones(2, 3, 4, 4, dtype=torch.bfloat16), "images"),
        ],
    )
    def test_what_is_returned_says_the_kind(self, value: Any, kind: str) -> None:
        run = tl.Run(budget=None).probe(lambda: value, name="look")
        list(run.track([1]))
        assert run.problems == []
        if kind == "scalar":
            assert run.history("look")[1].tolist() == [1, 1]
        else:
            assert run.channels["look"].kind == kind

    def test_a_mapping_is_a_scalar_each(self) -> None:
        run = tl.Run(budget=None)

        def norms() -> dict[str, Any]:
            return {"a": 1, "b": torch.tensor(2.0)}

        run.probe(norms)
        list(run.track([1]))
        assert [run.latest(name)[1] for name in ("norms/a", "norms/b")] == [1.0, 2.0]

    def test_names(self) -> None:
        run = tl.Run()
        for _ in range(2):
            run.probe(lambda: 1.0)
            run.probe(tl.Latents(nn.Identity(), torch.ones(2, 2)))
        assert list(run.probes) == ["lambda", "latents", "lambda 2", "latents 2"]
        with pytest.raises(ValueError, match="name: 'latents' is taken"):
            run.probe(lambda: 1.0, name="latents")

    @pytest.mark.parametrize("every", ["step", 0, -1, -0.5, float("inf"), True, None, [1]])
    def test_bad_every(self, every: Any) -> None:
        with pytest.raises((TypeError, ValueError), match="every: expected"):
            tl.Run().probe(lambda: 1.0, every=every)

    @pytest.mark.parametrize("probe", [5, None, torch.ones(2)])
    def test_not_a_probe(self, probe: Any) -> None:
        with pytest.raises(TypeError, match="probe: expected a module or a function"):
            tl.Run().probe(probe)
