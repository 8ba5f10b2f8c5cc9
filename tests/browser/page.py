"""A person at a notebook: runs cells, presses buttons, looks at what the views show."""

import re
import time

CELL = "jupyterapp.shell.currentWidget.content.widgets[{index}]"
#: what JupyterLab, bqplot and the graphics driver complain about, whatever is on the page
NOISE = re.compile(
    r"""
    Failed\ to\ load\ resource:\ the\ server\ responded\ with\ a\ status\ of\ 404\ .*
        \ http://127\.0\.0\.1:\d+/(?:static/favicons?/|favicon|lab/api/|api/).*
    | Error:\ <rect>\ attribute\ (?:width|height):\ A\ negative\ value\ is\ not\ valid\..*
    | \[\.WebGL-0x[0-9a-f]+\]\ ?GL\ Driver\ Message\ \(OpenGL,\ Performance,.*
    """,
    re.VERBOSE | re.DOTALL,
)


class Notebook:
    """One notebook in one tab."""

    def __init__(self, page, name, address, kernel, pictures):
        self.page = page
        self.name = name
        self.kernel = kernel
        self.faults = []
        self._address = address
        self._pictures = pictures
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))

    # -- the notebook -------------------------------------------------------------------------

    def open(self):
        """Open the page and wait until cells can be run."""
        self.page.goto(self._address)
        self.wait_ready()
        return self

    def wait_ready(self):
        """Wait until the cells are drawn and the kernel's session is there."""
        self.page.wait_for_function(
            """() => {
                const panel = window.jupyterapp?.shell?.currentWidget;
                return panel?.content?.widgets?.length > 0 &&
                  panel.sessionContext?.session?.kernel?.connectionStatus === "connected";
            }""",
            timeout=60_000,
        )
        self.page.evaluate("jupyterapp.shell.collapseLeft()")

    def write(self, index, source):
        """Write a cell's source anew."""
        self.page.evaluate(
            f"(source) => {CELL.format(index=index)}.model.sharedModel.setSource(source)",
            source,
        )

    def start(self, index):
        """Run a cell without waiting for it."""
        self.page.evaluate(
            """(index) => {
                const notebook = jupyterapp.shell.currentWidget.content;
                notebook.deselectAll();
                notebook.activeCellIndex = index;
                const { model } = notebook.widgets[index];
                (window.countsBefore ??= {})[index] = model.executionCount;
                void jupyterapp.commands.execute("notebook:run-cell");
            }""",
            index,
        )

    def run(self, *indices, timeout=60.0):
        """Run cells one after another; what they raise is raised here."""
        for index in indices:
            self.start(index)
            self.wait(index, timeout)
            error = self.error(index)
            assert error is None, error

    def wait(self, index, timeout=60.0):
        """Wait until a cell that was started has ended."""
        cell = CELL.format(index=index)
        self.page.wait_for_function(
            f"""() => {{
                const {{ executionState, executionCount }} = {cell}.model;
                const before = window.countsBefore?.[{index}] ?? null;
                return executionState === "idle" && executionCount !== null &&
                    executionCount !== before;
            }}""",
            timeout=timeout * 1000,
        )

    def busy(self, index):
        """Tell whether a cell is running or waits to."""
        return self.page.evaluate(f"{CELL.format(index=index)}.model.executionState") == "running"

    def error(self, index):
        """Return the traceback that a cell ended with, or None."""
        outputs = self.page.evaluate(f"{CELL.format(index=index)}.model.outputs.toJSON()")
        for output in outputs:
            if output["output_type"] == "error":
                return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output["traceback"]))
        return None

    def interrupt(self):
        """Press the toolbar's interrupt."""
        self.page.locator('[data-command="notebook:interrupt-kernel"]').first.click()

    def save(self):
        """Save the notebook, with the state of its widgets."""
        self.page.evaluate("jupyterapp.commands.execute('docmanager:save')")

    def reload(self):
        """Load the page again, as F5 does."""
        self.page.reload()
        self.wait_ready()

    def command(self, name, **arguments):
        """Execute one of JupyterLab's commands."""
        self.page.evaluate(
            "([name, arguments]) => jupyterapp.commands.execute(name, arguments)", [name, arguments]
        )

    def scroll(self, share):
        """Scroll to the notebook's start (0), its end (1) or in between."""
        self.page.evaluate(
            """(share) => {
                const scroller = document.querySelector(".jp-WindowedPanel-outer");
                scroller.scrollTop = share * scroller.scrollHeight;
            }""",
            share,
        )

    def hide(self, hidden=True):
        """Have the page believe that another tab is in front of it, or no longer."""
        self.page.evaluate("(hidden) => hidePage(hidden)", hidden)

    def theme(self, name):
        """Switch JupyterLab's theme and wait until its colours are there."""
        self.command("apputils:change-theme", theme=name)
        light = str(name.endswith("Light")).lower()
        selector = f'body[data-jp-theme-light="{light}"]'
        self.page.wait_for_selector(selector, state="attached")
        self.page.wait_for_function(
            """(dark) => {
                const colour = getComputedStyle(document.body)
                    .getPropertyValue("--jp-layout-color0").trim();
                return /^(white|#fff(fff)?)$/.test(colour) !== dark;
            }""",
            arg=light == "false",
        )

    # -- what is shown ------------------------------------------------------------------------

    def find(self, name):
        """Return what carries a test id in the outputs."""
        return self.page.locator(f'.jp-OutputArea-output [data-testid="{name}"]')

    def shows(self, name, timeout=15.0):
        """Wait until one of that name is on the page; return it."""
        found = self.find(name).first
        found.wait_for(state="visible", timeout=timeout * 1000)
        return found

    def text(self, name):
        """Return the text of one element."""
        return self.find(name).first.inner_text()

    def step(self):
        """Return the step that the controls show."""
        return int(re.sub(r"\D", "", self.text("tl-step-count")))

    def until(self, condition, timeout=15.0, every=0.05):
        """Wait until `condition()` is true; return its value."""
        began = time.monotonic()
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() - began > timeout:
                raise AssertionError(f"still {value!r} after {timeout:g} s")
            self.page.wait_for_timeout(every * 1000)

    def count_models(self):
        """Count the widget models that the page's manager keeps."""
        return self.page.evaluate(
            """async () => {
                const { rendermime } = jupyterapp.shell.currentWidget.content;
                const type = "application/vnd.jupyter.widget-view+json";
                const renderer = rendermime.createRenderer(type, { mimeType: type });
                const manager = await renderer._manager.promise;
                const count = Object.keys(manager._models).length;
                renderer.dispose();
                return count;
            }"""
        )

    def screenshot(self, name):
        """Take a picture of the page; return where it lies."""
        place = self._pictures / f"{name}.png"
        self.page.screenshot(path=place)
        return place

    def describe(self):
        """Tell what went wrong here: a picture, cells' tracebacks, problems, the page's faults."""
        try:
            lines = [f"screenshot: {self.screenshot('failed')}", *self.faults]
            count = self.page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length")
            lines += filter(None, (self.error(index) for index in range(count)))
            lines.append(self.kernel("str(globals().get('run', 'no run'))"))
        except Exception as error:
            lines = [f"nothing to be had: {error}"]
        return "\n".join(lines)

    def _note_console(self, message):
        told = f"{message.text} at {message.location.get('url', '')}"
        if message.type in ("error", "assert") and not NOISE.fullmatch(told):
            self.faults.append(f"console: {told}")
