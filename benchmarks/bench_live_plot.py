"""One update of a live loss plot on the training thread, beside livelossplot.

livelossplot draws as in a notebook: an IPython shell with matplotlib's inline backend renders each
figure to PNG; what is displayed goes nowhere, which a kernel would still have to send. Ours has a
dashboard that a page in another process looks at, drawing in no time.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from time import perf_counter

import torch
from channel import Channel, attended, views_of
from interleaved import available, interleave, report, versions
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

import torchloupe as tl

ROUNDS = 15
CALLS = 5_000
HISTORY = 1_000


def main() -> None:
    torch.set_num_threads(1)
    loss, accuracy = torch.tensor(0.5), torch.tensor(0.9)
    with Channel() as channel, tl.Run("plot") as run:
        for step in range(HISTORY):
            run.log(loss=1 / (step + 1), accuracy=1 - 1 / (step + 1), step=step)

        def torchloupe() -> float:
            with attended(channel, run):
                began = perf_counter()
                for _ in run.track(range(CALLS)):
                    run.log(loss=loss, accuracy=accuracy)
                return (perf_counter() - began) / CALLS

        ways: dict[str, Callable[[], float]] = {"torchloupe: log and a boundary": torchloupe}
        if available("livelossplot"):
            ways["livelossplot: update and send"] = _livelossplot()
        timings = interleave(ways, ROUNDS)
        frames = views_of(run)[1].frame
    print(versions("torchloupe", "livelossplot", "matplotlib", "IPython"))
    title = f"update a live plot of two series, from {HISTORY:,} values on ({frames} frames)"
    report(title, timings, base="torchloupe: log and a boundary")


def _livelossplot() -> Callable[[], float]:
    shell = InteractiveShell.instance()
    shell.display_pub = CapturingDisplayPublisher()
    import matplotlib as mpl  # a shell comes before its backend
    from livelossplot import PlotLosses
    from matplotlib_inline.backend_inline import configure_inline_support

    mpl.use("module://matplotlib_inline.backend_inline")
    configure_inline_support(shell, "module://matplotlib_inline.backend_inline")
    plot = PlotLosses(mode="notebook")
    for step in range(HISTORY):
        plot.update({"loss": 1 / (step + 1), "accuracy": 1 - 1 / (step + 1)})

    def way() -> float:
        shell.display_pub.outputs.clear()
        with contextlib.redirect_stdout(io.StringIO()):
            began = perf_counter()
            plot.update({"loss": 0.5, "accuracy": 0.9})
            plot.send()
            took = perf_counter() - began
        displayed = [each for each in shell.display_pub.outputs if "image/png" in each["data"]]
        if len(displayed) != 1:
            raise RuntimeError(f"{len(displayed)} pictures were displayed instead of one")
        return took

    return way


if __name__ == "__main__":
    main()
