"""Make anything a user hands over small, plain and freshly owned.

Pure functions from tensors, arrays and lists to ndarrays that a view can be sent: no widgets, no
state. What cannot be shown is refused here, at the door, with the way out named.
"""

from torchloupe.reduce._arrays import dtype_name, to_array
from torchloupe.reduce._buckets import BUCKET, Buckets, as_buckets, extremes, merged, summed_up
from torchloupe.reduce._images import as_images, fit_images, image_range
from torchloupe.reduce._labels import Labels, encode_labels
from torchloupe.reduce._points import Points, quantise_points
from torchloupe.reduce._smooth import memory, smooth
from torchloupe.reduce._trace import Trace, condensed, total, trace

__all__ = [
    "BUCKET",
    "Buckets",
    "Labels",
    "Points",
    "Trace",
    "as_buckets",
    "as_images",
    "condensed",
    "dtype_name",
    "encode_labels",
    "extremes",
    "fit_images",
    "image_range",
    "memory",
    "merged",
    "quantise_points",
    "smooth",
    "summed_up",
    "to_array",
    "total",
    "trace",
]
