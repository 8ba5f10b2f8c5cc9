"""What logging two scalars costs the training thread, beside SummaryWriter and a bare append."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from time import perf_counter

import torch
from interleaved import interleave, report, versions
from torch.utils.tensorboard import SummaryWriter

import torchloupe as tl

ROUNDS = 30
CALLS = 1_000


def main() -> None:
    loss, accuracy = torch.tensor(0.5), torch.tensor(0.9)
    kept: list[tuple[torch.Tensor, torch.Tensor]] = []
    run = tl.Run("bench")
    with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:

        def tensorboard(step: int) -> None:
            writer.add_scalar("loss", loss, step)
            writer.add_scalar("accuracy", accuracy, step)

        ways = {
            "torchloupe run.log": _repeat(lambda _: run.log(loss=loss, accuracy=accuracy)),
            "SummaryWriter.add_scalar × 2": _repeat(tensorboard, calls=CALLS // 10),
            "append of detached tensors": _repeat(
                lambda _: kept.append((loss.detach(), accuracy.detach()))
            ),
        }
        timings = interleave(ways, ROUNDS)
    run.close()
    print(versions("torchloupe", "torch", "tensorboard"))
    report("log two scalars, one call", timings, base="torchloupe run.log")


def _repeat(call: Callable[[int], None], calls: int = CALLS) -> Callable[[], float]:
    def way() -> float:
        began = perf_counter()
        for step in range(calls):
            call(step)
        return (perf_counter() - began) / calls

    return way


if __name__ == "__main__":
    main()
