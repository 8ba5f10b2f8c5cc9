"""A run's directory: its history on disk, written as it grows."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

from .. import outside
from ..store import FILE_NAME, Excerpt, Excerpts, History, Scribe, create_directory, make_manifest
from ._clock import Clock
from ._past import Source


class Kept(Protocol):
    """What a run is to its directory."""

    name: str

    def describe_for_disk(self) -> Mapping[str, Any]:
        """Return the present state as plain values."""
        ...

    def obey(self, command: Mapping[str, Any]) -> None:
        """Do what somebody in another process asks for."""
        ...

    def report(self, source: str, error: BaseException | str) -> None:
        """Show a problem."""
        ...


def keep(run: Kept, history: History, clock: Clock, folder: Path) -> Scribe:
    """Make a directory for a run in a folder, and keep it up to date until the run is closed.

    A run that is dropped instead is written to its end as well.

    Raises:
        OSError: the directory cannot be made.
    """
    path = create_directory(folder, run.name)
    reference = weakref.ref(run)  # writing is not to keep a run alive

    told: dict[str, Any] = {}

    def status() -> Mapping[str, Any]:
        found = reference()
        if found is not None:
            told.update(found.describe_for_disk())
        return told.copy()  # of a run that was dropped, what was known last

    def obey(command: Mapping[str, Any]) -> None:
        found = reference()
        if found is not None:
            found.obey(command)

    def report(text: str) -> None:
        found = reference()
        if found is not None:
            found.report("directory", text)

    manifest = make_manifest(run.name, created=clock.origin, torch=torch.__version__)
    scribe = Scribe(path, history, manifest=manifest, status=status, obey=obey, report=report)
    weakref.finalize(run, _close_elsewhere, scribe).atexit = False
    return scribe


def _close_elsewhere(scribe: Scribe) -> None:
    """Close without making whoever happens to collect garbage wait for a disk."""
    if not scribe.ended:
        outside.start_thread(scribe.close, "closing")


def read_back(directory: Path) -> Source:
    """Return what reads old values of a run from its own directory, beside the writer."""

    def read(name: str, low: int, high: int, most: int) -> Excerpt:
        excerpts = Excerpts(directory / FILE_NAME)
        try:
            return excerpts.values(name, low, high, most=most)
        finally:
            excerpts.close()

    return read
