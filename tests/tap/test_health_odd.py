"""The health of odd models: measured, or left out, and never the end of the probe."""

import math

import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.tap.healths import look, never, table


class Mean(nn.Module):
    def forward(self, x):
        return x.mean()


class Doubling(nn.Module):
    def forward(self, x):
        return x.mul_(2)


def norm_of(model):
    return (
        torch.cat([each.detach().flatten() for each in nn.Module.parameters(model)]).norm().item()
    )


def test_a_number_a_sample_and_a_lone_one():
    """Seen to fail when units were looked for: the probe was switched off."""
    model = nn.Sequential(nn.Linear(4, 1), nn.Flatten(0), Mean())
    x = torch.rand(5, 4)
    found = look(model, x)
    value = model[:2](x).detach()
    assert found["1"]["mean"] == pytest.approx(value.mean().item())
    assert found["1"]["spread"] == pytest.approx(value.std(correction=0).item())
    assert found["2"]["mean"] == pytest.approx(value.mean().item())
    assert (found["1"]["dead"], found["2"]["dead"]) == (0, 0)
    assert look(nn.Flatten(0), torch.zeros(3))[""]["dead"] == 1


def test_an_example_that_the_model_works_on_in_place():
    """Seen to fail when it was handed over itself: each look saw another one."""
    x = torch.rand(2, 3)
    before, probe = x.clone(), tl.Health(Doubling(), x)
    looks = [table(probe.evaluate(never))[""]["mean"] for _ in range(3)]
    assert torch.equal(x, before)
    assert looks[0] == looks[1] == looks[2]


def test_a_model_with_parameters_of_its_own_kind():
    """Seen to fail when `parameters` was taken for torch's: the probe was switched off."""

    class Trained(nn.Linear):
        def parameters(self):
            return filter(lambda each: each.requires_grad, super().parameters())

    model = nn.Sequential(Trained(4, 2))
    assert look(model)["0"]["weight"] == pytest.approx(norm_of(model))


def test_eight_bits():
    model = nn.Linear(4, 2)
    model.table = nn.Parameter(torch.ones(3).to(torch.float8_e4m3fn), requires_grad=False)
    wide = torch.cat([model.weight.detach().flatten(), model.bias.detach()])
    assert look(model)[""]["weight"] == pytest.approx(wide.norm().item())


def test_a_module_that_is_mapped_over_samples():
    class Mapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 2)

        def forward(self, x):
            return torch.vmap(self.layer)(x)

    found = look(Mapped(), torch.rand(3, 4))
    assert math.isfinite(found[""]["mean"])
    assert math.isnan(found["layer"]["mean"])


def test_a_compiled_model_is_not_compiled_for_it():
    """Seen to fail when it was: at each look again, until torch gave up compiling it."""
    compiled = []

    def count(graph, _):
        compiled.append(graph)
        return graph.forward

    x, net = torch.rand(3, 4), nn.Sequential(nn.Linear(4, 2), nn.ReLU())
    model = torch.compile(net, backend=count)
    model(x)
    probe, plain = tl.Health(model, x), look(net, x)
    for _ in range(3):
        assert table(probe.evaluate(never))["_orig_mod.0"]["mean"] == plain["0"]["mean"]
    model(x)
    assert len(compiled) == 1
    torch.compiler.reset()
