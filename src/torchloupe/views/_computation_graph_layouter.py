"""The program that lays graphs out in the page: it travels once, however many views there are."""

from __future__ import annotations

import weakref
from threading import RLock
from typing import Any

from traitlets import Unicode

from ._output_only import OutputOnly
from ._view import bundle


class GraphLayouter(OutputOnly):
    """Holds the source of a web worker; nothing of it is shown."""

    _model_name = Unicode("WidgetModel").tag(sync=True)
    _model_module = Unicode("@jupyter-widgets/base").tag(sync=True)
    _model_module_version = Unicode("2.0.0").tag(sync=True)
    source = Unicode().tag(sync=True)
    """JavaScript that takes graphs and answers with places."""

    def __init__(self) -> None:
        super().__init__(source=_SOURCE)

    def __repr__(self) -> str:
        return "GraphLayouter()"


_SOURCE = bundle("graph_layout")
_open: list[GraphLayouter] = []
_users: weakref.WeakSet[Any] = weakref.WeakSet()
_changing = RLock()


def layouter_for(view: object) -> GraphLayouter:
    """Return the one layouter, opened when first needed."""
    with _changing:
        if not _open:
            _open.append(GraphLayouter())
        _users.add(view)
        return _open[0]


def leave_layouter(view: object) -> None:
    """Close the layouter when the last view that uses it goes."""
    with _changing:
        _users.discard(view)
        while _open and not len(_users):
            _open.pop().close()
