"""Promised times are those of a machine that nobody else is using."""

import os


def promised(seconds):
    """Return a promised time, longer where others want the machine's cores too."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
