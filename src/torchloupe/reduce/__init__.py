"""Make anything a user hands over small, plain and freshly owned.

Pure functions from tensors, arrays and lists to ndarrays that a view can be sent: no widgets, no
state. What cannot be shown is refused here, at the door, with the way out named.
"""

from torchloupe.reduce._arrays import dtype_name, to_array
from torchloupe.reduce._buckets import BUCKET, Buckets, as_buckets, extremes, merged, summed_up
from torchloupe.reduce._images import as_images, fit_images, image_range
from torchloupe.reduce._label_measures import label_agreement, silhouette
from torchloupe.reduce._labels import Labels, encode_labels
from torchloupe.reduce._latent_measures import (
    DEFINITIONS,
    LatentMeasures,
    measure_latents,
    moment_divergence,
    normal_divergence,
    posterior_divergence,
)
from torchloupe.reduce._neighbours import NeighbourInverse, inside, nearest, within_rectangle
from torchloupe.reduce._points import (
    Points,
    Values,
    quantise_depths,
    quantise_plane,
    quantise_points,
    quantise_values,
    quantise_window,
)
from torchloupe.reduce._projection import Dimensions, Pca, aligned, alignment, fit_pca
from torchloupe.reduce._sampling import evenly, finite_rows, need_rows, sampled_array
from torchloupe.reduce._smooth import memory, smooth
from torchloupe.reduce._trace import Trace, condensed, total, trace
from torchloupe.reduce._walks import along, grid, line, places
from torchloupe.reduce._weights import as_matrix, distribution, filters_of, heat_map

__all__ = [
    "BUCKET",
    "DEFINITIONS",
    "Buckets",
    "Dimensions",
    "Labels",
    "LatentMeasures",
    "NeighbourInverse",
    "Pca",
    "Points",
    "Trace",
    "Values",
    "aligned",
    "alignment",
    "along",
    "as_buckets",
    "as_images",
    "as_matrix",
    "condensed",
    "distribution",
    "dtype_name",
    "encode_labels",
    "evenly",
    "extremes",
    "filters_of",
    "finite_rows",
    "fit_images",
    "fit_pca",
    "grid",
    "heat_map",
    "image_range",
    "inside",
    "label_agreement",
    "line",
    "measure_latents",
    "memory",
    "merged",
    "moment_divergence",
    "nearest",
    "need_rows",
    "normal_divergence",
    "places",
    "posterior_divergence",
    "quantise_depths",
    "quantise_plane",
    "quantise_points",
    "quantise_values",
    "quantise_window",
    "sampled_array",
    "silhouette",
    "smooth",
    "summed_up",
    "to_array",
    "total",
    "trace",
    "within_rectangle",
]
