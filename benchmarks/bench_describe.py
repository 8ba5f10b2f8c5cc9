"""What describing a model costs, beside torchinfo, torchview and torchviz; and a very large one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import psutil
import torch
import torchinfo
import torchvision
from interleaved import available, duration, interleave, report, versions
from torch import nn

import torchloupe as tl

MODELS = ("resnet50", "vit_b_16", "convnext_tiny")
ROUNDS = {1: 15, 64: 2}
# A real forward pass of a batch of 64 takes tens of seconds; torchview and torchviz are compared at
# batch 1 alone.
PEERS_AT = 1


def main() -> None:
    torch.set_num_threads(1)
    print(versions("torchloupe", "torch", "torchvision", "torchinfo", "torchview", "torchviz"))
    peers = [each for each in ("torchview", "torchviz") if available(each)]
    for batch, rounds in ROUNDS.items():
        for name in MODELS:
            model = torchvision.models.get_model(name, weights=None).eval()
            ways = _ways(model, _images(batch), peers if batch == PEERS_AT else [])
            report(f"{name}, batch {batch}", interleave(ways, rounds), base="tl.describe")
    _very_large()


def _ways(
    model: nn.Module, images: torch.Tensor, peers: list[str]
) -> dict[str, Callable[[], float]]:
    return {
        "tl.describe": _timed(lambda: tl.describe(model, images)),
        "torchinfo.summary": _timed(
            lambda: torchinfo.summary(model, input_data=images, depth=20, verbose=0)
        ),
        **{peer: _timed(partial(PEERS[peer], model)) for peer in peers},
    }


def _images(batch: int) -> torch.Tensor:
    return torch.zeros(batch, 3, 224, 224)


def _torchview(model: nn.Module) -> object:
    """Build its graph; drawing it needs Graphviz's `dot` and is not counted."""
    import torchview

    # Its depth is that of the modules shown; the default is 3.
    return torchview.draw_graph(model, input_data=_images(1), device="cpu", depth=20)


def _torchviz(model: nn.Module) -> object:
    """Build the graph of a real pass; drawing it is not counted either."""
    import torchviz

    return torchviz.make_dot(model(_images(1)), params=dict(model.named_parameters()))


PEERS: dict[str, Callable[[nn.Module], object]] = {"torchview": _torchview, "torchviz": _torchviz}


def _timed(call: Callable[[], object]) -> Callable[[], float]:
    def way() -> float:
        began = perf_counter()
        call()
        return perf_counter() - began

    return way


def _very_large() -> None:
    """Describe a transformer of 70 billion parameters, and 50,000 modules."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.tap.llama import Llama

    process = psutil.Process()
    with torch.device("meta"):
        model = Llama().bfloat16()
    tokens = torch.zeros(1, 4096, dtype=torch.int64)
    many = nn.Sequential(
        *[nn.Sequential(nn.PReLU(6, device="meta"), nn.ReLU()) for _ in range(16_667)]
    )
    for name, call in {
        "70 billion parameters": lambda: tl.describe(model, tokens),
        # by how much they take, so that none finds memory that an earlier one has left
        "50,000 modules, without an example": lambda: tl.describe(many),
        "50,000 modules": lambda: tl.describe(many, torch.zeros(2, 6)),
    }.items():
        memory, began, busy = process.memory_info().rss, perf_counter(), process_time()
        found = call()
        took, busy = perf_counter() - began, process_time() - busy
        grown = (process.memory_info().rss - memory) / 2**20
        print(
            f"\n{name}: {duration(took)} ({duration(busy)} of CPU), memory {grown:+.0f} MiB, "
            f"{found.parameters:,} parameters, {found.flops:,} operations"
        )


if __name__ == "__main__":
    main()
