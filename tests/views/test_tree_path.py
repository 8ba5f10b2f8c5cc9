"""The Python that leads to a module, evaluated on the model itself."""

import pytest
import torch
import torchvision
from torch import nn

import torchloupe as tl
from torchloupe.views._tree_path import steps_of


def expressions(net, described, model):
    """Yield (expression, path), each module's steps joined as the page joins them."""
    steps = {node.path: step for node, step in steps_of(described.root, model)}
    for path in steps:
        parts = path.split(".") if path else []
        paths = [".".join(parts[: count + 1]) for count in range(len(parts))]
        yield "model" + "".join(steps[each] for each in paths), path


def leads_there(net):
    described = tl.describe(net)
    for model in (net, None):
        found = list(expressions(net, described, model))
        assert len(found) == len(dict(net.named_modules(remove_duplicate=False)))
        for expression, path in found:
            assert eval(expression, {"model": net}) is net.get_submodule(path), expression
    return {path: expression for expression, path in expressions(net, described, net)}


@pytest.mark.parametrize(
    "name",
    ["resnet50", "vit_b_16", "densenet121", "mobilenet_v3_small", "googlenet", "swin_t"],
)
def test_of_torchvisions_models(name):
    keywords = {"init_weights": False} if name == "googlenet" else {}
    with torch.device("meta"):
        net = getattr(torchvision.models, name)(**keywords)
    found = leads_there(net)
    if name == "resnet50":
        assert found["layer3.2.conv1"] == "model.layer3[2].conv1"


class Awkward(nn.Module):
    def __init__(self):
        super().__init__()
        self.add_module("a b", nn.ReLU())
        self.add_module("class", nn.ReLU())
        self.add_module("é", nn.ReLU())
        self.add_module('quo"te\\', nn.ReLU())
        self.add_module("0", nn.Sequential(nn.ReLU()))
        self.named = nn.ModuleDict({"a b": nn.ReLU(), "keys_": nn.ModuleList([nn.ReLU()])})


class Turned(nn.Sequential):
    def __getitem__(self, place):
        return list(self)[::-1][place]


def test_of_names_that_are_no_identifiers():
    found = leads_there(Awkward())
    assert found["a b"] == 'model.get_submodule("a b")'
    assert found["class"] == 'model.get_submodule("class")'
    assert found["é"] == "model.é"
    assert found["0.0"] == 'model.get_submodule("0")[0]'
    assert found["named.a b"] == 'model.named["a b"]'
    assert found["named.keys_.0"] == 'model.named["keys_"][0]'


def test_of_containers_that_are_not_as_they_seem():
    found = leads_there(Turned(nn.ReLU(), nn.Tanh()))
    assert found["0"] == 'model.get_submodule("0")'
    holed = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid())
    del holed[1]
    holed.add_module("9", nn.ReLU())
    holed.add_module("head", nn.ReLU())
    found = leads_there(holed)
    assert found["9"] == 'model.get_submodule("9")'
    assert found["head"] == "model.head"
    empty = nn.Sequential(nn.ReLU(), nn.Tanh())
    empty._modules["0"] = None
    leads_there(empty)
