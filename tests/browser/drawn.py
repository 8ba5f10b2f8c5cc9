"""What the views of the lesson show, read off the page."""

import re

from .pixels import read_images

SHOWN = 10


def count_points(notebook):
    """Count the points of the longest line that is drawn."""
    paths = notebook.page.locator(".jp-OutputArea-output .bqplot path.line")
    drawn = paths.evaluate_all("paths => paths.map(path => path.getAttribute('d') ?? '')")
    return max((path.count(",") for path in drawn), default=0)


def read_digits(notebook):
    """Return the rows of the image grid: input, output (grey) and difference, [3, N, 8, 8]."""
    return read_images(notebook.find("tl-images"), SHOWN)[..., 0]


def legend_colours(notebook):
    """Return the colours of the scatter's legend."""
    swatches = notebook.find("tl-class").locator("circle")
    fills = swatches.evaluate_all("circles => circles.map(circle => circle.getAttribute('fill'))")
    return [tuple(int(part) for part in re.findall(r"\d+", fill)) for fill in fills]
