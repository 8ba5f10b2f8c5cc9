"""One JupyterLab and one browser for all tests here; a notebook, a page and a kernel for each."""

import itertools
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from .lab import Lab
from .lesson import PREPARED, Lesson, cells
from .page import Notebook

ARGUMENTS = """--no-sandbox --disable-gpu --use-gl=angle --use-angle=swiftshader
    --enable-unsafe-swiftshader --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()
VIEWPORT = {"width": 1280, "height": 1250}
IMPORTS = "import os, time, numpy as np, torchloupe as tl"
OPENED = pytest.StashKey[list]()
FAILED = pytest.StashKey[bool]()
NUMBERS = itertools.count()


def launch(playwright):
    """Start the Chromium that is on PATH."""
    found = shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(found).exists():
        pytest.fail("these tests need Chromium on PATH as `chromium`")
    return playwright.chromium.launch(executable_path=found, args=ARGUMENTS)


@pytest.fixture(scope="package")
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture(scope="package")
def browser():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def context(browser):
    """One for all, so that JupyterLab's own files are fetched once."""
    context = browser.new_context(viewport=VIEWPORT)
    yield context
    context.close()


class Pages:
    """The notebooks that are open, each with the kernel's session that it was given."""

    def __init__(self, lab, context, pictures):
        self._lab, self._context, self._pictures = lab, context, pictures
        for script in ("witness.js", "line.js"):
            context.add_init_script(path=Path(__file__).parent / script)
        self._sessions = {}

    def open(self, sources):
        """Open a new notebook of these cells."""
        name = f"n{next(NUMBERS)}.ipynb"
        self._lab.write(name, sources)
        kernel, session = self._lab.begin(name)
        notebook = self._page(name, kernel)
        self._sessions[notebook] = session
        return notebook.open()

    def open_again(self, notebook):
        """Open a notebook in a second tab, as it was last saved."""
        return self._page(notebook.name, notebook.kernel).open()

    def close(self, notebook):
        """Close its page and, with the first of its pages, its kernel."""
        notebook.page.close()
        if notebook in self._sessions:
            self._lab.end(self._sessions.pop(notebook))

    def _page(self, name, kernel):
        page = self._context.new_page()
        return Notebook(page, name, self._lab.address(name), kernel, self._pictures)


@pytest.fixture(scope="package")
def pages(lab, context, tmp_path_factory):
    return Pages(lab, context, tmp_path_factory.mktemp("pictures"))


@pytest.fixture
def opened(request):
    """The notebooks of a test; at its end nothing may have gone wrong on their pages."""
    opened = request.node.stash.setdefault(OPENED, [])
    yield opened
    faults = [fault for notebook in opened for fault in notebook.faults]
    for notebook in opened:
        notebook.faults.clear()
    assert faults == []


@pytest.fixture
def open_notebook(pages, opened):
    """Open a notebook of these cells, for one test."""
    own = []

    def open_notebook(sources):
        own.append(pages.open(sources))
        opened.append(own[-1])
        return own[-1]

    yield open_notebook
    for notebook in own:
        pages.close(notebook)


@pytest.fixture
def open_again(pages, opened):
    """Open a notebook in a second tab, for one test."""
    own = []

    def open_again(notebook):
        own.append(pages.open_again(notebook))
        opened.append(own[-1])
        return own[-1]

    yield open_again
    for notebook in own:
        pages.close(notebook)


@pytest.fixture(params=["plain", "background"])
def mode(request):
    """How a test trains: in a plain cell, or beside an idle one."""
    return request.param


@pytest.fixture(scope="package")
def lessons():
    """The lessons that are open, by mode."""
    return {}


@pytest.fixture
def lesson(lessons, pages, opened, mode, request):
    """The lesson, one for all tests of a mode: a kernel takes seconds to start.

    A test that fails leaves nothing to the next, which opens the lesson anew.
    """
    if mode not in lessons:
        notebook = pages.open(cells(mode))
        opened.append(notebook)
        notebook.run(PREPARED)
        lessons[mode] = Lesson(notebook, mode)
        opened.remove(notebook)
    lesson = lessons[mode]
    opened.append(lesson.notebook)
    try:
        yield lesson
        if not request.node.stash.get(FAILED, False):
            lesson.leave()
    except BaseException:
        request.node.stash[FAILED] = True
        raise
    finally:
        if request.node.stash.get(FAILED, False):
            del lessons[mode]
            pages.close(lesson.notebook)


@pytest.fixture(scope="package")
def spares():
    """The spare notebook, once it is open, by the module that uses it."""
    return {}


@pytest.fixture
def spare(spares, pages, opened, request):
    """A notebook for tests with a loop of their own, one for all: three cells are theirs.

    A test that fails leaves nothing to the next, which opens another.
    """
    if not spares:
        spares[None] = pages.open([IMPORTS, "pass", "pass", "pass"])
    (user,) = spares
    notebook = spares[user]
    opened.append(notebook)
    try:
        notebook.page.bring_to_front()
        if user != request.module.__name__:
            for index, source in enumerate([IMPORTS, "pass", "pass", "pass"]):
                notebook.write(index, source)
                notebook.run(index)  # what a cell has displayed goes when it is run again
            spares[request.module.__name__] = spares.pop(user)
        notebook.page.evaluate("line.arrivals.length = 0")
        yield notebook
    except BaseException:
        request.node.stash[FAILED] = True
        raise
    finally:
        if request.node.stash.get(FAILED, False):
            spares.clear()
            pages.close(notebook)


@pytest.fixture
def open_lesson(lesson):
    """Open the lesson with a new run's dashboard displayed and nothing trained."""
    return lesson.display


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Tell of a failure what was on the screen and what the kernel raised."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        for notebook in item.stash.get(OPENED, []):
            report.sections.append(("notebook", notebook.describe()))
    return report
