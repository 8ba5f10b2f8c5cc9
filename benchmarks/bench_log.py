"""What logging two scalars costs the training thread, beside SummaryWriter, wandb and an append."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter, sleep

import torch
from interleaved import available, interleave, report, versions
from torch.utils.tensorboard import SummaryWriter

import torchloupe as tl

ROUNDS = 100
# What one way’s threads still have to write is not to disturb the next.
REST = 0.05
CALLS = 500
PEER_CALLS = 100

Call = Callable[[int], object]


def main() -> None:
    torch.set_num_threads(1)
    loss, accuracy = torch.tensor(0.5), torch.tensor(0.9)
    kept: deque[tuple[torch.Tensor, torch.Tensor]] = deque(maxlen=CALLS)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        memory = stack.enter_context(tl.Run("memory"))
        disk = stack.enter_context(tl.Run("disk", dir=folder))
        writer = stack.enter_context(SummaryWriter(f"{folder}/tensorboard"))

        def tensorboard(step: int) -> None:
            writer.add_scalar("loss", loss, step)
            writer.add_scalar("accuracy", accuracy, step)

        ways = {
            "torchloupe, in memory": _repeat(lambda _: memory.log(loss=loss, accuracy=accuracy)),
            "torchloupe, dir=…": _repeat(
                lambda _: disk.log(loss=loss, accuracy=accuracy), after=disk.flush
            ),
            "SummaryWriter.add_scalar × 2": _repeat(tensorboard, PEER_CALLS, after=writer.flush),
        }
        if available("wandb"):
            log = stack.enter_context(_wandb(folder))
            ways["wandb.log, offline"] = _repeat(
                lambda _: log({"loss": loss, "accuracy": accuracy}), PEER_CALLS
            )
        ways["append of detached tensors (floor)"] = _repeat(
            lambda _: kept.append((loss.detach(), accuracy.detach()))
        )
        timings = interleave(ways, ROUNDS)
    print(versions("torchloupe", "torch", "tensorboard", "wandb"))
    report("log two scalar tensors, one step", timings, base="torchloupe, in memory")


def _repeat(
    call: Call, calls: int = CALLS, after: Callable[[], object] = lambda: None
) -> Callable[[], float]:
    def way() -> float:
        began = perf_counter()
        for step in range(calls):
            call(step)
        took = perf_counter() - began
        after()
        sleep(REST)
        return took / calls

    return way


@contextmanager
def _wandb(folder: str) -> Iterator[Callable[[dict[str, torch.Tensor]], object]]:
    """Log as wandb does without a network."""
    os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}
    os.environ |= {"WANDB_ERROR_REPORTING": "false", "WANDB_CONSOLE": "off"}
    os.environ |= {f"WANDB_{place}_DIR": folder for place in ("CACHE", "CONFIG", "DATA")}
    import wandb  # after its settings

    with wandb.init(project="bench", mode="offline", dir=folder) as run:
        yield run.log


if __name__ == "__main__":
    main()
