"""Is a file on this machine? A write-ahead log needs memory that all who read it share."""

from __future__ import annotations

import re
from pathlib import Path

_NETWORK = re.compile(
    r"(nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|lustre|gpfs|beegfs\w*|glusterfs|orangefs|pvfs2|"
    r"fuse\.(?!fuse-overlayfs|ext|ntfs|exfat).+|fuse|virtiofs|vboxsf|drvfs)"
)
_MOUNTS = Path("/proc/self/mountinfo")


def is_shared(path: Path, mounts: str | None = None) -> bool:
    """Tell whether a path lies on a network file system, as far as Linux says.

    Args:
        path: the place in question.
        mounts: the table of mounts; the process's own by default.
    """
    if mounts is None:
        try:
            mounts = _MOUNTS.read_text(errors="replace")
        except OSError:
            return path.drive.startswith("\\\\")
    kinds: dict[str, str] = {}
    for line in mounts.splitlines():
        place, _, source = line.partition(" - ")
        if len(place.split()) > 4 and source:
            # A later mount hides an earlier one at the same place.
            kinds[_unescaped(place.split()[4])] = source.split()[0]
    for each in (path, *path.parents):
        if str(each) in kinds:
            return _NETWORK.fullmatch(kinds[str(each)]) is not None
    return False


def _unescaped(place: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place)
