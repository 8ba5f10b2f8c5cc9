"""A run: the state machine, the loops, and the only places where a model may be touched."""

from ._guard import guard
from ._notebook import NOTEBOOK, cell_executing
from ._opened import open_run
from ._run import Run
from ._scalars import text_of

__all__ = ["NOTEBOOK", "Run", "cell_executing", "guard", "open_run", "text_of"]
