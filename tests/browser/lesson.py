"""The notebook that most tests drive: an autoencoder with a loop of its own, watched."""

from .page import CELL

PREPARE = """
import numpy as np, time, torch, torchloupe as tl
from torch import nn
import torch.nn.functional as F

images, labels = tl.data.digits()
# A test sets them, to have time for what it does: seconds a step, and whether a step goes on.
delay, held = 0.0, False

def rest():
    time.sleep(delay)
    while held:
        time.sleep(0.01)

class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
        self.decoder = nn.Sequential(
            nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.Sigmoid(), nn.Unflatten(1, (1, 8, 8))
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))

def make():
    torch.manual_seed(0)
    model = Autoencoder()
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(images, labels), batch_size=64, shuffle=True,
        generator=torch.Generator().manual_seed(0),
    )
    return model, torch.optim.Adam(model.parameters(), lr=3e-3), loader

def learn(model, optimizer, x):
    loss = F.mse_loss(model(x), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss

def scatter_of(run):
    panes = tl.Dashboard.of(run).panes.values()
    return next(pane for pane in panes if isinstance(pane, tl.LatentScatter))
"""

DISPLAY = """
model, optimizer, loader = make()
run = tl.Run("digits")
run.probe(tl.Reconstructions(model, images[:10], labels=labels[:10]), every="epoch")
run.probe(
    tl.Latents(model.encoder, images, labels=labels, decode=model.decoder), every="epoch"
)
run
"""

PLAIN = """
for x, _ in run.track(loader, epochs=EPOCHS):
    loss = learn(model, optimizer, x)
    run.log(loss=loss)
    rest()
"""

BACKGROUND = """
def train(run):
    for x, _ in run.track(loader, epochs=EPOCHS):
        loss = learn(model, optimizer, x)
        run.log(loss=loss)
        rest()

run.start(train);
"""

#: places of the cells; the last is a test's own
PREPARED, DISPLAYED, TRAINED, EXTRA = range(4)
STEPS_AN_EPOCH = 29
MORE_THAN_ENOUGH = 100_000


def training(mode, epochs=MORE_THAN_ENOUGH):
    """Return the source of the cell that trains, for a mode: `plain` or `background`."""
    source = PLAIN if mode == "plain" else BACKGROUND
    return source.replace("EPOCHS", str(epochs)).strip()


def cells(mode):
    """Return the sources of the notebook's cells."""
    return [PREPARE.strip(), DISPLAY.strip(), training(mode), "pass"]


class Lesson:
    """That notebook, opened and prepared; one test after another has it display a run anew."""

    def __init__(self, notebook, mode):
        self.notebook = notebook
        self.kernel = notebook.kernel
        self.mode = mode

    def display(self, epochs=MORE_THAN_ENOUGH, *, shown="", train=None, extra="pass"):
        """Display a new run's dashboard, with nothing trained.

        Args:
            epochs: how many the training cell trains.
            shown: lines to add to the cell that displays.
            train: the source of the training cell.
            extra: the source of the last cell.
        """
        self.kernel("delay, held = 0.0, False")
        self.notebook.write(TRAINED, train or training(self.mode, epochs))
        self.notebook.write(EXTRA, extra)
        self.show(f"{DISPLAY.strip()}\n{shown}")
        self.notebook.shows("tl-controls")
        self.notebook.until(lambda: self.notebook.text("tl-state") == "idle")
        return self

    def show(self, source):
        """Run a source in the cell that displays."""
        self.notebook.page.bring_to_front()  # a page behind another is drawn only now and then
        self.notebook.write(DISPLAYED, source)
        self.notebook.run(DISPLAYED)

    def leave(self):
        """End what still trains, so that the next test finds an idle kernel."""
        self.kernel("delay, held = 0.0, False\nif 'run' in globals(): run.stop()")
        self.kernel.wait("'run' not in globals() or run.state not in ('running', 'paused')")
        for index in (TRAINED, EXTRA):
            self.notebook.page.wait_for_function(
                f"{CELL.format(index=index)}.model.executionState === 'idle'"
            )

    def begin(self, delay=0.0):
        """Start training, with so many seconds of sleep a step, and wait for the first values."""
        self.kernel(f"delay = {delay}")
        self.notebook.start(TRAINED)
        self.kernel.wait("run.step > 0")

    def hold(self):
        """Have the step that is under way last until `let_go`."""
        now = self.kernel("held = True\nrun.step")
        self.notebook.page.wait_for_timeout(300)
        while (later := self.kernel("run.step")) != now:
            now = later
            self.notebook.page.wait_for_timeout(300)

    def let_go(self):
        """End the step that was held."""
        self.kernel("held = False")

    def finish(self, timeout=60):
        """Wait until the run and its cell have ended."""
        self.kernel.wait("run.state in ('finished', 'stopped', 'failed')", timeout)
        self.notebook.wait(TRAINED, timeout)

    def settle(self, state, timeout=15):
        """Wait until the kernel and the page agree on a state."""
        self.kernel.wait(f"run.state == {state!r}", timeout)
        self.notebook.until(lambda: self.notebook.text("tl-state") == state, timeout)

    def press(self, button):
        """Press pause, step or stop."""
        self.notebook.find(f"tl-{button}").click()

    def frames(self):
        """Return the frames of all the views, as the kernel counts them."""
        return self.kernel(
            """
            board = tl.Dashboard.of(run)
            [each.frame for each in (board.controls, board.curves.bar, *board.panes.values())]
            """
        )

    def ends_at_the_truth(self, timeout=10):
        """Wait until the page shows the kernel's own step and state."""
        ends_at_the_truth(self.notebook, timeout)


def ends_at_the_truth(notebook, timeout=10):
    """Wait until a page shows the kernel's own step and state."""
    notebook.until(
        lambda: (
            [notebook.step(), notebook.text("tl-state")] == notebook.kernel("[run.step, run.state]")
        ),
        timeout,
    )
