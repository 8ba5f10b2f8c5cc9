"""A latent scatter on the page: where its points are drawn, and what the mouse does there."""

import re

import numpy as np

from .pixels import read

#: no marker is wider, in CSS pixels
WIDEST_MARKER = 7


class Cloud:
    """The scatter that a notebook shows, in pixels from its left and top edge."""

    def __init__(self, notebook):
        self.notebook, self.mouse = notebook, notebook.page.mouse
        self.canvas = notebook.shows("tl-points")
        self.view_of = notebook.find("tl-latent-scatter")

    def tells(self, name):
        """Return one of the attributes that say what is drawn."""
        return self.canvas.get_attribute(f"data-{name}")

    def window(self):
        """Return the part of the plane that is seen: x0, x1, y0, y1."""
        return [float(each) for each in self.tells("view").split()]

    def zoom(self):
        """Return how wide the part is that is seen."""
        x0, x1, _, _ = self.window()
        return x1 - x0

    def size(self):
        box = self.canvas.bounding_box()
        return np.array([box["width"], box["height"]])

    def spots(self, places):
        """Return where places of the plane [N, 2] are on the screen."""
        x0, x1, y0, y1 = self.window()
        return (np.asarray(places) - [x0, y1]) / [x1 - x0, y0 - y1] * self.size()

    def places(self, spots):
        """Return which places of the plane lie under spots of the screen [N, 2]."""
        x0, x1, y0, y1 = self.window()
        return [x0, y1] + np.asarray(spots) / self.size() * [x1 - x0, y0 - y1]

    def alone(self, places, distance=14):
        """Return which places have no other so near on the screen, well inside of it."""
        spots = self.spots(places)
        apart = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
        apart[np.diag_indices(len(apart))] = np.inf
        inside = ((spots > 20) & (spots < self.size() - 20)).all(1)
        # Under the tools a pointer does not meet the plot.
        clear = (spots[:, 1] > 50) | (spots[:, 0] < self.size()[0] - 260)
        return np.flatnonzero((apart.min(1) > distance) & inside & clear)

    def move(self, spot):
        """Move the mouse to a whole pixel of the page there; return the spot itself."""
        box = self.canvas.bounding_box()
        corner = np.array([box["x"], box["y"]])
        at = np.round(corner + spot)
        self.mouse.move(*at)
        return at - corner

    def click(self, spot, key=None):
        """Click there, with a key held; return the place of the plane that was clicked."""
        (place,) = self.places([self.move(spot)])
        with self.held(key):
            self.mouse.down()
            self.mouse.up()
        return place

    def drag(self, spots, key=None):
        """Drag through some spots, with a key held; return their places [N, 2]."""
        with self.held(key):
            passed = [self.move(spots[0])]
            self.mouse.down()
            passed += [self.move(spot) for spot in spots[1:]]
            self.mouse.up()
        return self.places(passed)

    def held(self, key):
        return Held(self.notebook.page.keyboard, key)

    def hint(self):
        """Return what is said under the pointer, a line each."""
        tip = self.view_of.get_by_test_id("tl-tooltip")
        return tip.locator(".tl-tooltip-line").all_inner_texts() if tip.is_visible() else []

    def pixels(self):
        """Return what the points' canvas shows, uint8 [H, W, 4]."""
        return read(self.canvas)

    def laid_over(self):
        """Return what the canvas above it shows."""
        return read(self.view_of.locator(".tl-overlay"))

    def covers(self, pixels, places):
        """Tell whether there is ink at all of these places that are seen."""
        down, across, _ = self._pixels_of(places, pixels)
        return bool((pixels[down, across, 3] > 0).all())

    def draws(self, places):
        """Tell whether there are points at all of these places, and nowhere else."""
        pixels = self.pixels()
        down, across, scale = self._pixels_of(places, pixels)
        ink = pixels[..., 3] > 0
        reach = np.zeros_like(ink)
        far = int(np.ceil((WIDEST_MARKER / 2 + 1) * scale))
        for y in range(-far, far + 1):
            for x in range(-far, far + 1):
                shifted = (down + y).clip(0, len(ink) - 1), (across + x).clip(0, len(ink[0]) - 1)
                reach[shifted] = True
        return self.covers(pixels, places) and not (ink & ~reach).any()

    def centre_of_ink(self, spot, reach=5):
        """Return where the one marker near a spot lies."""
        pixels = self.pixels()
        scale = pixels.shape[1] / self.size()[0]
        left, top = np.floor((spot - reach) * scale).astype(int)
        side = int(2 * reach * scale)
        weights = pixels[top : top + side, left : left + side, 3].astype(float)
        y, x = np.mgrid[:side, :side] + 0.5
        centre = np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()
        return ([left, top] + centre) / scale

    def _pixels_of(self, places, pixels):
        """Return the lines and columns of the pixels that places lie in, and pixels a spot."""
        scale = pixels.shape[1] / self.size()[0]
        spots = np.floor(self.spots(places) * scale).astype(int)
        across, down = spots[((spots >= 0) & (spots < pixels.shape[1::-1])).all(1)].T
        return down, across, scale


class Held:
    """Holds a key of the keyboard down for a while."""

    def __init__(self, keyboard, key):
        self._keyboard, self._key = keyboard, key

    def __enter__(self):
        if self._key:
            self._keyboard.down(self._key)

    def __exit__(self, *_):
        if self._key:
            self._keyboard.up(self._key)


def numbers(text):
    """Return the numbers in a text."""
    found = re.findall(r"[−-]?\d[\d,]*\.?\d*(?:e[−-]?\d+)?", text)
    return [float(each.replace("−", "-").replace(",", "")) for each in found]
