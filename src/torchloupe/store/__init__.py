"""What a run remembers: in bounded memory, and in a directory on disk where it has one."""

from ._commands import Command, CommandFile
from ._directory import create_directory
from ._excerpt import Excerpt, Excerpts
from ._format import FILE_NAME
from ._history import History
from ._manifest import Manifest, make_manifest
from ._raw import Values
from ._reader import Reader
from ._scribe import Scribe
from ._series import Series
from ._shelf import Shelf
from ._snapshot import Snapshot

__all__ = [
    "FILE_NAME",
    "Command",
    "CommandFile",
    "Excerpt",
    "Excerpts",
    "History",
    "Manifest",
    "Reader",
    "Scribe",
    "Series",
    "Shelf",
    "Snapshot",
    "Values",
    "create_directory",
    "make_manifest",
]
