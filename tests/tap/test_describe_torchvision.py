"""`describe` on what torchvision builds, against real forward passes, FlopCounterMode, torchinfo.

`make test` looks at a sample; with TORCHLOUPE_TORTURE=1 at every builder there is.
"""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np
import pytest
import torch
import torchinfo
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

import torchloupe as tl

TORTURE = bool(os.environ.get("TORCHLOUPE_TORTURE"))
KINDS = ("detection", "segmentation", "video", "optical_flow")
# Of every family one that a CPU runs in a second.
TWENTY = [
    *("alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s"),
    *("googlenet", "inception_v3", "lraspp_mobilenet_v3_large", "maxvit_t", "mnasnet0_5"),
    *("mobilenet_v3_small", "r3d_18", "raft_small", "regnet_y_400mf", "resnet18"),
    *("resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_1", "swin_v2_t", "vit_b_16"),
]
RUN = TWENTY if TORTURE else ["lraspp_mobilenet_v3_large", "mobilenet_v3_small", "swin_v2_t"]


def kind_of(name: str) -> str:
    return next(
        (kind for kind in KINDS if name in models.list_models(module=getattr(models, kind))),
        "classification",
    )


def builders() -> list[str]:
    quantised = set(models.list_models(module=models.quantization))
    return [name for name in models.list_models() if name not in quantised]


def sampled() -> list[str]:
    """All, or some that can be built on the meta device, of each kind and among them detection."""
    names = builders()
    if TORTURE:
        return names
    chance = random.Random(5)
    groups: dict[str, list[str]] = {}
    for name in names:
        if not name.startswith(("regnet", "raft_large")):  # not on meta; and many calls
            groups.setdefault(kind_of(name), []).append(name)
    few = {"classification": 8, "detection": 2}
    return [each for kind, of in groups.items() for each in chance.sample(of, few.get(kind, 1))]


def build(name: str, *, on_meta: bool) -> nn.Module:
    settings: dict[str, Any] = {"weights": None}
    if kind_of(name) in ("detection", "segmentation"):
        settings["weights_backbone"] = None
    if name in ("googlenet", "inception_v3"):
        settings["init_weights"] = False
    if on_meta:
        try:
            with torch.device("meta"):
                return models.get_model(name, **settings)
        except (NotImplementedError, RuntimeError):  # some read numbers while they are built
            pass
    return models.get_model(name, **settings)


def example(name: str) -> tuple[Any, ...]:
    kind = kind_of(name)
    if kind == "detection":
        return ([torch.rand(3, 128, 128)],)
    if kind == "optical_flow":
        return torch.rand(1, 3, 128, 128), torch.rand(1, 3, 128, 128)
    if kind == "video":
        side = 224 if name.startswith(("mvit", "s3d", "swin")) else 112
        return (torch.rand(1, 3, 16, side, side),)
    side = 64 if kind == "segmentation" else 299 if name == "inception_v3" else 224
    return (torch.rand(1, 3, side, side),)


def fingerprint(model: nn.Module) -> list[Any]:
    """All that a look could change: every attribute's identity, flags, each tensor's version."""
    found: list[Any] = [torch.is_grad_enabled(), torch.get_rng_state().tolist()]
    found += [np.random.get_state()[1].tolist(), random.getstate()]
    for module in model.modules():
        for name, value in vars(module).items():
            found.append((name, id(value)))
            if isinstance(value, dict):
                found += [(key, id(each)) for key, each in value.items()]
                found += [each._version for each in value.values() if isinstance(each, Tensor)]
    return found


def bits(model: nn.Module) -> dict[str, bytes]:
    return {
        name: value.numpy().tobytes() for name, value in model.state_dict().items() if value.numel()
    }


@pytest.mark.torture
@pytest.mark.parametrize("name", sampled())
def test_every_builder(name: str) -> None:
    model = build(name, on_meta=True)
    inputs = example(name)
    before = fingerprint(model)
    found = tl.describe(model, *inputs)
    assert fingerprint(model) == before
    unique = {id(each): each for each in model.parameters()}.values()
    assert found.parameters == sum(each.numel() for each in unique)
    assert found.trainable == sum(each.numel() for each in unique if each.requires_grad)
    totals = torchinfo.summary(model, verbose=0, depth=1)
    assert (found.parameters, found.trainable) == (totals.total_params, totals.trainable_params)
    assert [node.path for _, node in found.root.walk() if node.shared_with is None] == [
        path for path, _ in model.named_modules()
    ]
    if kind_of(name) == "detection":
        assert "needs the values of a tensor" in found.failure
        assert "aten::" in found.failure
        assert [node.failed is not None for _, node in found.root.walk()].count(True) == 1
        backbone = next(node for _, node in found.root.walk() if node.path == "backbone")
        assert backbone.output_shapes
        assert found.root.output_shapes == ()
    else:
        assert found.failure == ""
        assert found.root.output_shapes
        assert found.method == "meta"


@pytest.fixture(scope="module", params=RUN)
def really_run(request: pytest.FixtureRequest) -> tuple[Any, ...]:
    """A model described, and then run for real with gradients enabled, under FlopCounterMode."""
    model = build(request.param, on_meta=False)
    inputs = example(request.param)
    before = bits(model)
    found = tl.describe(model, *inputs)
    assert bits(model) == before
    shapes: dict[str, Any] = {}

    def keep(path: str, output: Any) -> None:
        shapes.setdefault(path, tensor_shapes(output))

    handles = [
        module.register_forward_hook(lambda _, __, output, path=path: keep(path, output))
        for path, module in model.named_modules()
    ]
    counter = FlopCounterMode(display=False)
    with counter:
        model.eval()(*inputs)
    for handle in handles:
        handle.remove()
    return model, found, shapes, counter


def tensor_shapes(value: Any) -> tuple[tuple[int, ...], ...]:
    if isinstance(value, Tensor):
        return (tuple(value.shape),)
    several = value.values() if isinstance(value, dict) else value
    return tuple(shape for each in several or () for shape in tensor_shapes(each))


@pytest.mark.torture
def test_shapes_are_those_of_a_real_pass(really_run: tuple[Any, ...]) -> None:
    _, found, shapes, _ = really_run
    ours = {node.path: node.output_shapes for _, node in found.root.walk() if node.calls}
    assert ours == shapes


@pytest.mark.torture
def test_operations_are_those_of_flop_counter_mode(really_run: tuple[Any, ...]) -> None:
    model, found, _, counter = really_run
    assert found.flops == counter.get_total_flops() > 0
    assert sum(node.own_flops for _, node in found.root.walk()) == found.flops
    counts = {name: sum(of.values()) for name, of in counter.get_flop_counts().items()}
    of_modules = {name.partition(".")[2]: count for name, count in counts.items()}
    of_modules[""] = counts[type(model).__name__]
    for _, node in found.root.walk():
        if node.calls and node.shared_with is None:
            assert node.flops == of_modules.get(node.path, 0), node.path
