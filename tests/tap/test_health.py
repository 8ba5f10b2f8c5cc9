"""The health of modules: numbers that are torch's own, taken without a trace."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import torchloupe as tl
from tests.tap.healths import look, never, table


def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 5))


class TestParameters:
    def test_norms_are_those_of_torch(self):
        model = small()
        model(torch.randn(3, 1, 8, 8)).square().mean().backward()
        found = look(model)
        for path in ("0", "3"):
            own = model.get_submodule(path)
            pair = torch.cat([own.weight.flatten(), own.bias])
            slopes = torch.cat([own.weight.grad.flatten(), own.bias.grad])
            assert found[path]["weight"] == pytest.approx(pair.norm().item(), rel=1e-5)
            assert found[path]["gradient"] == pytest.approx(slopes.norm().item(), rel=1e-5)
            assert found[path]["broken"] == 0
        assert math.isnan(found["1"]["weight"])
        assert math.isnan(found[""]["gradient"])

    def test_without_gradients_they_are_unknown(self):
        assert math.isnan(look(small())["0"]["gradient"])

    def test_numbers_that_are_not_finite_are_counted(self):
        model = small()
        model[0].weight.data[0, 0, 0, :2] = torch.tensor([math.nan, math.inf])
        model[3].weight.grad = torch.full_like(model[3].weight, -math.inf)
        found = look(model)
        assert found["0"]["broken"] == 2
        assert found["3"]["broken"] == model[3].weight.numel()

    def test_very_large_numbers_are_not_broken(self):
        model = nn.Linear(2, 2)
        model.weight.data.fill_(3e38)
        assert look(model)[""]["broken"] == 0

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64, torch.complex64])
    def test_other_dtypes(self, dtype):
        model = nn.Linear(3, 3, dtype=dtype)
        own = torch.cat([model.weight.flatten(), model.bias]).to(torch.complex128)
        assert look(model)[""]["weight"] == pytest.approx(own.abs().norm().item(), rel=1e-3)

    def test_integers_lazy_and_empty_parameters_have_none(self):
        model = nn.Module()
        model.whole = nn.Parameter(torch.arange(3), requires_grad=False)
        model.empty = nn.Parameter(torch.zeros(0))
        model.lazy = nn.LazyLinear(2)
        assert math.isnan(look(model)[""]["weight"])


class TestUpdates:
    def test_the_next_boundary_tells_how_far_a_step_went(self):
        model = small()
        probe = tl.Health(model)
        assert not probe.goes_on
        assert math.isnan(table(probe.evaluate(never))["0"]["update"])
        assert probe.goes_on
        before = [each.detach().clone() for each in model[0].parameters()]
        with torch.no_grad():
            for each in model[0].parameters():
                each.mul_(0.9).add_(0.01)
        found = table(probe.evaluate(never))
        assert not probe.goes_on
        pairs = list(zip(before, model[0].parameters(), strict=True))
        moved = torch.cat([(new - old).flatten() for old, new in pairs]).norm()
        size = torch.cat([old.flatten() for old in before]).norm()
        assert found["0"]["update"] == pytest.approx((moved / size).item(), rel=1e-4)
        assert found["3"]["update"] == 0

    def test_in_a_run_it_is_that_of_one_step(self):
        model = nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        sizes = []
        with tl.Run("updates", budget=None) as run:
            run.probe(tl.Health(model), every=5)
            for _ in run.track(range(13)):
                before = torch.cat([each.detach().flatten() for each in model.parameters()])
                optimizer.zero_grad()
                model(torch.randn(8, 4)).square().mean().backward()
                optimizer.step()
                after = torch.cat([each.detach().flatten() for each in model.parameters()])
                sizes.append(((after - before).norm() / before.norm()).item())
            assert run.moments.tolist() == [0, 1, 5, 6, 10, 11, 13]
            for step in (1, 6, 11):
                run.cursor = step
                found = run.seen("health").arrays["update"][0]
                assert found == pytest.approx(sizes[step - 1], rel=1e-4)

    def test_a_parameter_that_changed_its_shape_has_no_update(self):
        model = nn.Linear(2, 2)
        probe = tl.Health(model)
        probe.evaluate(never)
        model.weight = nn.Parameter(torch.zeros(3, 2))
        assert math.isnan(table(probe.evaluate(never))[""]["update"])


class TestActivations:
    def test_mean_spread_and_dead_units_are_those_of_the_outputs(self):
        model = small()
        model[0].bias.data[1] = -100.0
        images = torch.randn(6, 1, 8, 8)
        found = look(model, images)
        outputs = {"0": model[0](images)}
        outputs["1"] = F.relu(outputs["0"])
        outputs["3"] = outputs[""] = model[3](outputs["1"].flatten(1))
        for path, output in outputs.items():
            assert found[path]["mean"] == pytest.approx(output.mean().item(), rel=1e-4, abs=1e-6)
            spread = output.var(correction=0).sqrt().item()
            assert found[path]["spread"] == pytest.approx(spread, rel=1e-4)
        assert found["1"]["dead"] == 0.25
        assert found["0"]["dead"] == 0

    def test_units_of_sequences_are_their_features(self):
        class Half(nn.Module):
            def forward(self, x):
                return x * torch.tensor([1.0, 0.0])

        assert look(Half(), torch.randn(3, 7, 2))[""]["dead"] == 0.5

    def test_units_of_signals_are_their_channels(self):
        """Seen to fail with features last, and where only the convolution itself was known."""
        model = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten())
        model[0].bias.data[:2] = -100.0
        found = look(model, torch.randn(3, 2, 12))
        assert [found[path]["dead"] for path in ("0", "1", "2", "3")] == [0, 0.5, 0.5, 0.5]

    def test_several_calls_count_as_one(self):
        class Twice(nn.Module):
            def __init__(self):
                super().__init__()
                self.same = nn.Identity()

            def forward(self, x):
                return self.same(x) + self.same(3 * x[:2])

        data = torch.rand(2, 5) + 1e3
        found = look(Twice(), data)["same"]
        every = torch.cat([data, 3 * data]).double()
        assert found["mean"] == pytest.approx(every.mean().item(), rel=1e-5)
        assert found["spread"] == pytest.approx(every.var(correction=0).sqrt().item(), rel=1e-4)

    def test_outputs_that_are_not_finite_are_counted_and_left_out(self):
        data = torch.tensor([[1.0, math.nan], [3.0, -math.inf]])
        found = look(nn.Identity(), data)[""]
        assert (found["broken"], found["mean"], found["spread"]) == (2, 2.0, 1.0)
        assert math.isnan(look(nn.Identity(), data[:, 1:])[""]["mean"])

    def test_modules_that_were_not_called_or_return_no_floats_have_none(self):
        model = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Identity()})
        model.forward = lambda x: model["b"](x.long())
        found = look(model, torch.zeros(1, 2))
        assert math.isnan(found["a"]["mean"])
        assert math.isnan(found["b"]["mean"])

    def test_of_several_outputs_the_first_is_taken(self):
        found = look(nn.LSTM(3, 4), torch.randn(5, 2, 3))
        assert math.isfinite(found[""]["mean"])


class TestTiming:
    def test_a_module_takes_as_long_as_what_is_within_it(self):
        class Slow(nn.Module):
            def forward(self, x):
                for _ in range(200):
                    x = x + 1
                return x

        model = nn.Sequential(nn.Identity(), nn.Sequential(Slow(), Slow()))
        found = look(model, torch.zeros(64, 64), timing=True)
        slow = found["1.0"]["seconds"] + found["1.1"]["seconds"]
        assert found["1"]["seconds"] >= 0.5 * slow
        assert found[""]["seconds"] >= found["1"]["seconds"]
        assert found["0"]["seconds"] < 0.2 * found["1.0"]["seconds"]

    def test_nothing_is_timed_without_asking(self):
        assert "seconds" not in look(small(), torch.randn(1, 1, 8, 8))["0"]


class TestTraces:
    @pytest.mark.parametrize("fails", [False, True])
    def test_no_hook_is_left_behind(self, fails):
        model = small()
        if fails:
            model[2].register_forward_pre_hook(lambda *_: 1 / 0)
        counts = [len(each._forward_hooks) for each in model.modules()]
        before = [len(each._forward_pre_hooks) for each in model.modules()]
        probe = tl.Health(model, torch.randn(2, 1, 8, 8), timing=True)
        if fails:
            with pytest.raises(ZeroDivisionError):
                probe.evaluate(never)
        else:
            probe.evaluate(never)
        assert [len(each._forward_hooks) for each in model.modules()] == counts
        assert [len(each._forward_pre_hooks) for each in model.modules()] == before

    def test_training_is_the_same_with_and_without(self):
        def train(*, watched):
            torch.manual_seed(3)
            model = nn.Sequential(
                nn.Conv2d(1, 4, 3),
                nn.BatchNorm2d(4),
                nn.Dropout(0.3),
                nn.Flatten(),
                nn.Linear(144, 3),
            )
            optimizer = torch.optim.Adam(model.parameters())
            with tl.Run("same", budget=None) as run:
                if watched:
                    run.probe(
                        tl.Health(model, torch.randn_like(torch.zeros(2, 1, 8, 8)), timing=True),
                        every=2,
                    )
                torch.manual_seed(4)
                for _ in run.track(range(7)):
                    optimizer.zero_grad()
                    model(torch.randn(5, 1, 8, 8)).square().mean().backward()
                    optimizer.step()
            return [*copy.deepcopy(model.state_dict()).values()], torch.rand(1)

        (one, draw), (other, same) = train(watched=False), train(watched=True)
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
        assert torch.equal(draw, same)

    def test_a_stop_breaks_it_off(self):
        model = small()
        assert tl.Health(model, torch.randn(1, 1, 8, 8), timing=True).evaluate(lambda: True) is None

    def test_a_scripted_part_is_passed_over(self):
        class Inner(nn.Module):
            def forward(self, x):
                return x + 1

        with pytest.warns(FutureWarning, match="jit.script"):
            scripted = torch.jit.script(Inner())
        found = look(nn.Sequential(scripted, nn.Identity()), torch.zeros(1, 2), timing=True)
        assert math.isnan(found["0"]["mean"])
        assert found["1"]["mean"] == 1


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("model",), {}, "model: expected a torch.nn.Module, got str"),
        ((nn.Identity(),), {"timing": 1}, "timing: expected True or False, got int"),
    ],
)
def test_what_is_no_model_is_refused(arguments, options, message):
    with pytest.raises(TypeError, match=message):
        tl.Health(*arguments, **options)


def test_it_is_there_after_the_run(tmp_path):
    model = small()
    with tl.Run("kept", dir=tmp_path) as run:
        run.probe(tl.Health(model, torch.randn(2, 1, 8, 8)))
        for _ in run.track(range(2)):
            pass
        _, arrays = run.latest("health")
        path = run.path
    with tl.open(path) as opened:
        _, found = opened.latest("health")
        for key, array in arrays.items():
            np.testing.assert_array_equal(found[key], array)


class TestAPeek:
    def test_it_leaves_the_comparison_as_it_is(self):
        model = small()
        probe, example = tl.Health(model, torch.randn(2, 1, 8, 8)), torch.randn(2, 1, 8, 8)
        other = tl.Health(model, example)
        with torch.no_grad():
            assert [each.evaluate(never).details["behind"] for each in (probe, other)] == [0, 0]
            for parameter in model.parameters():
                parameter.mul_(1.5)
            peeked = table(probe.peek())
            assert probe.goes_on
            answers = [each.evaluate(never) for each in (probe, other)]
        assert [each.details["behind"] for each in answers] == [1, 1]
        for path in ("0", "3"):
            own = torch.cat([each.flatten() for each in model.get_submodule(path).parameters()])
            assert peeked[path]["weight"] == pytest.approx(own.norm().item(), rel=1e-5)
            for answer in answers:
                assert table(answer)[path]["update"] == pytest.approx(0.5, rel=1e-5)
                assert table(answer)[path]["weight"] == pytest.approx(own.norm().item() / 1.5)
