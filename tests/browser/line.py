"""The line between a page and its kernel, spoiled; and whether the page ends at the truth."""

import time

# Every number and text of the state of all that is shown; of arrays their bytes' or values' sum.
# And whether that is the truth: what a view was last given may be older than what the run has.
STATES = """
def states():
    from ipywidgets.widgets.widget import _instances
    from torchloupe.channel import PUBLISHER
    from torchloupe.views._output_only import OutputOnly

    with PUBLISHER._sending:  # no frame is then half made
        return shown(_instances, OutputOnly), late(PUBLISHER._entries.values())

def late(entries):
    board = tl.Dashboard.of(run)
    found = [type(each.view).__name__ for each in entries
             if each.view.audience.watched and each.view.version() != each.seen]
    marks = board.curves.bar.figure.widget.marks
    lines = [each.x for each in marks if type(each).__name__ == "_Lines"]
    newest = max(run.latest(name)[0] for name in run.scalars)
    if max(np.nanmax(each) for each in lines) != newest:
        found.append(f"the lines do not end at {newest}")
    for name, pane in board.panes.items():
        if type(pane).__name__ == "ImageGrid":
            images = next(iter(run.latest(name)[1].values()))
            if not np.array_equal(pane.images[0], images.reshape(pane.images[0].shape)):
                found.append(f"{name} are not the newest")
    return found

def shown(_instances, OutputOnly):
    def plain(value):
        if isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
            return ["sum", float(np.nan_to_num(value.astype(float)).sum())]
        return None

    found = {}
    for each in list(_instances.values()):
        if isinstance(each, OutputOnly) and each.comm is not None:
            values = {name: plain(getattr(each, name)) for name in each.keys if name[0] != "_"}
            found[each.model_id] = {k: v for k, v in values.items() if v is not None}
    return found
"""
DIFFERENCES = """async (states) => {
    const { rendermime } = jupyterapp.shell.currentWidget.content;
    const type = "application/vnd.jupyter.widget-view+json";
    const renderer = rendermime.createRenderer(type, { mimeType: type });
    const manager = await renderer._manager.promise;
    renderer.dispose();
    const kinds = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array,
                    int32: Int32Array, uint16: Uint16Array, int64: BigInt64Array };
    const numbers = (value) => {
        if (value?.data instanceof DataView) {
            const { buffer, byteOffset, byteLength } = value.data;
            return [...new kinds[value.dtype](buffer.slice(byteOffset, byteOffset + byteLength))];
        }
        return [...value].flatMap((each) => each?.length === undefined ? [each] : [...each]);
    };
    const sum = (value) => numbers(value).reduce((total, each) =>
        total + (Number.isFinite(Number(each)) ? Number(each) : 0), 0);
    const same = (held, own) => {
        if (!Array.isArray(own)) return held === own;
        const total = held == null ? NaN : sum(held);
        return Math.abs(total - own[1]) <= 1e-6 * (1 + Math.abs(own[1]));
    };
    const wrong = [];
    for (const [id, own] of Object.entries(states)) {
        if (!manager.has_model(id)) continue;
        const model = await manager.get_model(id);
        for (const [name, value] of Object.entries(own)) {
            if (same(model.get(name), value)) continue;
            wrong.push([model.get("_model_name"), name, String(model.get(name)), String(value)]);
        }
    }
    return wrong;
}"""


def spoil(notebook, down=None, up=None):
    """Spoil the messages of widgets to the page or from it; without arguments nothing any more.

    Each is a dict of: drop and twice (shares of the messages), late and shuffle (milliseconds),
    only (the comms concerned), hold (keep them until it is called again), keep ("all" of them, or
    "copies", until `deliver`).
    """
    rules = {"down": down or {}, "up": up or {}}
    notebook.page.evaluate("(rules) => line.spoil(rules)", rules)


def deliver(notebook):
    """Let what was kept arrive, the oldest last."""
    notebook.page.evaluate("line.deliver()")


def differences(notebook):
    """List what the page holds otherwise than the kernel, and what the kernel has yet to tell it.

    Of what it holds otherwise: model, trait, its value there and in the kernel.
    """
    if not notebook.kernel("'states' in globals()"):
        notebook.kernel(STATES)
    states, late = notebook.kernel("states()")
    wrong = [*late, *notebook.page.evaluate(DIFFERENCES, states)]
    shown = [notebook.step(), notebook.text("tl-state")]
    own = notebook.kernel("[run.step, run.state]")
    return wrong if shown == own else [*wrong, ["shown", *shown, own]]


def seconds_to_truth(notebook, most=15.0):
    """Wait until the page holds and shows what the kernel has; return how long it took."""
    began = time.monotonic()
    while time.monotonic() - began < most:
        wrong = differences(notebook)
        if not wrong:
            return time.monotonic() - began
        notebook.page.wait_for_timeout(50)
    raise AssertionError(f"after {most} s still not the truth: {wrong}")


def messages_a_second(notebook, least=5.0):
    """Return how many messages of widgets came a second, from the first to the last of them."""
    times = notebook.page.evaluate("line.arrivals") or [0.0]
    return len(times) / max(least, (times[-1] - times[0]) / 1000)
