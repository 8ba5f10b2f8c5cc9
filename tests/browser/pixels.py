"""What is on a canvas, as arrays."""

import base64

import numpy as np

# Through a second canvas, so that one that WebGL draws is read the same way.
READ = """(source) => {
    const copy = new OffscreenCanvas(source.width, source.height);
    const context = copy.getContext("2d");
    context.drawImage(source, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    const bytes = [];
    for (let at = 0; at < data.length; at += 32768) {
        bytes.push(String.fromCharCode(...data.subarray(at, at + 32768)));
    }
    return [copy.width, copy.height, btoa(bytes.join(""))];
}"""


def read(canvas):
    """Return a canvas's pixels, uint8 [H, W, 4]."""
    width, height, data = canvas.evaluate(READ)
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)


def read_images(canvas, count, height=8, width=8):
    """Return the images of an image grid, float32 [R, N, H, W, 3] in 0..1."""
    facts, pixels = canvas.evaluate("canvas => ({ ...canvas.dataset })"), read(canvas)
    ratio = canvas.evaluate("() => window.devicePixelRatio")
    number = {name: float(facts[name]) for name in ("cell", "cellHeight", "gap", "band")}
    rows, columns = int(facts["rows"]), int(facts["columns"])
    image = np.arange(count)
    left = float(facts["left"]) + image % columns * (number["cell"] + number["gap"])
    band = float(facts["top"]) + image // columns * number["band"]
    top = band + np.arange(rows)[:, None] * (number["cellHeight"] + number["gap"])
    x = left[:, None] + (np.arange(width) + 0.5) * number["cell"] / width
    y = top[:, :, None] + (np.arange(height) + 0.5) * number["cellHeight"] / height
    across, down = (np.floor(each * ratio).astype(int) for each in (x, y))
    found = pixels[down[:, :, :, None], across[None, :, None, :]]
    return found[..., :3].astype(np.float32) / 255


def read_image(canvas, height=8, width=8):
    """Return the one grey image on a canvas, float32 [H, W] in 0..1, from its pixels' middles."""
    pixels = read(canvas)
    y = ((np.arange(height) + 0.5) * pixels.shape[0] / height).astype(int)
    x = ((np.arange(width) + 0.5) * pixels.shape[1] / width).astype(int)
    found = pixels[y[:, None], x[None, :], :3]
    assert (found == found[..., :1]).all(), "the image is not grey"
    return found[..., 0].astype(np.float32) / 255


def count_colour(pixels, colour, tolerance=8):
    """Count the opaque pixels of one colour."""
    near = np.abs(pixels[..., :3].astype(int) - np.asarray(colour)).max(-1) <= tolerance
    return int((near & (pixels[..., 3] > 127)).sum())


def count_nearest(pixels, colours, tolerance=64):
    """Count the opaque pixels nearest to each colour; what is beneath a marker tints it."""
    seen = pixels[pixels[..., 3] > 127][:, None, :3].astype(int)
    apart = np.abs(seen - np.asarray(colours)).max(-1)
    nearest, near = apart.argmin(1), apart.min(1) <= tolerance
    counts = np.bincount(nearest[near], minlength=len(colours))
    return dict(zip(colours, counts.tolist(), strict=True))


def same_to_the_grey(shown, values):
    """Tell whether an image on a canvas is that of the values, to one of 255 greys."""
    return float(np.abs(shown - np.asarray(values, np.float32)).max()) <= 1.001 / 255
