"""Processes that hold the package already and take the rounds of a long test, several at a time.

Such a round waits for disks and for other threads: it takes half a second and little of a core.
The processes are forked from a fresh one, which has neither trained nor started a thread.
"""

from __future__ import annotations

import logging
import multiprocessing
import sys
import threading
import traceback
import warnings
from concurrent.futures import ProcessPoolExecutor
from typing import Any

#: what was logged, and what was raised where nobody hears it, since `heard` was last called
_LOGGED: list[str] = []
_UNHEARD: list[str] = []


class _Ear(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _LOGGED.append(record.getMessage())


def workers(at_once: int = 4) -> ProcessPoolExecutor:
    """Return processes that are as strict as pytest; a context manager."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torchloupe", "bqplot", "tests.front_end"])
    return ProcessPoolExecutor(at_once, mp_context=context, initializer=_be_strict)


def heard() -> list[str]:
    """Return what was logged in this process since the last call; raise what a thread raised."""
    logged, unheard = _LOGGED[:], _UNHEARD[:]
    _LOGGED.clear()
    _UNHEARD.clear()
    if unheard:
        raise AssertionError("\n".join(unheard))
    return logged


def _be_strict() -> None:
    """As pytest is told to be: a warning is an error, and nothing is raised in vain."""
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "metadata .* was set from the constructor")  # bqplot's
    logging.getLogger().addHandler(_Ear())
    threading.excepthook = sys.unraisablehook = _note


def _note(raised: Any) -> None:
    lines = traceback.format_exception(raised.exc_type, raised.exc_value, raised.exc_traceback)
    _UNHEARD.append("".join(lines))
