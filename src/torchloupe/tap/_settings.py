"""A module's settings in a few characters."""

from __future__ import annotations

import inspect
from functools import cache

from torch import nn

_LONGEST = 60
_CONVOLUTIONS = (
    *(nn.Conv1d, nn.Conv2d, nn.Conv3d),
    *(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d),
)


def settings_of(module: nn.Module) -> str:
    """Return what distinguishes a module from others of its class, e.g. `"64 → 32"`.

    Linear and convolution layers get a short form; others their own `extra_repr`, without what is
    the class's default, shortened.
    """
    try:
        if isinstance(module, nn.Linear):
            return f"{module.in_features} → {module.out_features}"
        if isinstance(module, _CONVOLUTIONS):
            return _convolution(module)
    except (AttributeError, TypeError):  # a class of a user's that keeps them elsewhere
        pass
    try:
        parts = " ".join(module.extra_repr().split()).split(", ")
    except Exception:  # a user's extra_repr may raise anything; a blank is no loss
        return ""
    defaults = _defaults_of(type(module))
    text = ", ".join(part for part in parts if part not in defaults)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


@cache
def _defaults_of(kind: type[nn.Module]) -> frozenset[str]:
    """Return `"eps=1e-05"` and the like of a class's own constructor."""
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):  # built in
        return frozenset()
    return frozenset(
        f"{each.name}={each.default}" for each in parameters if each.default is not each.empty
    )


def _convolution(module: nn.Module) -> str:
    kernel = "×".join(str(length) for length in module.kernel_size)  # type: ignore[union-attr]
    stride = tuple(module.stride)  # type: ignore[arg-type]
    stride = stride[:1] if len(set(stride)) == 1 else stride
    text = f"{module.in_channels} → {module.out_channels}, {kernel}"
    return text if stride == (1,) else f"{text}, stride {'×'.join(map(str, stride))}"
