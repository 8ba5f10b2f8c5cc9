import pytest
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets import Widget
from traitlets.config import Config

from tests.front_end import front_end
from torchloupe.run import NOTEBOOK

__all__ = ["front_end"]


@pytest.fixture
def shell():
    """An IPython shell like a kernel's; `shell.run_cell(source, cell_id=…)` runs a cell."""
    settings = Config()
    settings.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=settings)
    run_cell = shell.run_cell

    def run_cell_as_a_kernel_does(source, cell_id=None):
        shell.parent_header = {"metadata": {"cellId": cell_id}}
        return run_cell(source, cell_id=cell_id)

    shell.run_cell = run_cell_as_a_kernel_does
    shell.run_cell("import numpy as np, torch, torchloupe as tl", cell_id="first")
    yield shell
    Widget.close_all()
    for run in list(NOTEBOOK._watched):
        run.close()
    assert NOTEBOOK._shell is None
    shell.reset()
    InteractiveShell.clear_instance()
