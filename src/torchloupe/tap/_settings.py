"""A module's settings in a few characters."""

from __future__ import annotations

from torch import nn

_LONGEST = 60


def settings_of(module: nn.Module) -> str:
    """Return what distinguishes a module from others of its class, e.g. `"64 → 32"`.

    Linear and convolution layers get a short form; others their own `extra_repr`, shortened.
    """
    if isinstance(module, nn.Linear):
        return f"{module.in_features} → {module.out_features}"
    if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        return _convolution(module)
    if isinstance(module, (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)):
        return _convolution(module)
    try:
        text = " ".join(module.extra_repr().split())
    except Exception:  # a user's extra_repr may raise anything; a blank is no loss
        return ""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _convolution(module: nn.Module) -> str:
    kernel = "×".join(str(length) for length in module.kernel_size)  # type: ignore[union-attr]
    stride = set(module.stride)  # type: ignore[arg-type]
    text = f"{module.in_channels} → {module.out_channels}, {kernel}"
    return text if stride == {1} else f"{text}, stride {'×'.join(map(str, sorted(stride)))}"
