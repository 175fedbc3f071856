"""A run as `<anystep-graph>` takes it: the drawing and every event, each as JSON."""

import json
from collections.abc import AsyncIterator
from typing import Any

from anystep.web._display import displayed
from anystep.web._shapes import drawing

__all__ = ["events"]

#: What the element makes its picture, its steps and its time line of.
MODES = ("tasks", "values", "checkpoints")


async def events(graph: Any, given: Any, config: Any = None, **options: Any) -> AsyncIterator[str]:
    """Run a compiled graph and give what a page's element shows of it.

        element = document.querySelector("anystep-graph")
        async for event in events(graph, {"text": "hello"}, config):
            element.push(event)
        element.finish()

    The first event is the drawing, subgraphs inside; then ``{"mode", "data", "ns"}`` for everything
    that happens. `given`, `config` and `options` are `astream`'s; events are JSON, so that they can
    be posted from a worker as well. What JSON cannot say is described. Raises what the graph raises.
    """
    yield json.dumps({"mode": "drawing", "data": drawing(graph, xray=True)})
    modes = options.pop("stream_mode", MODES)
    asked = [modes] if isinstance(modes, str) else [*modes]
    run = graph.astream(given, config, **options, stream_mode=asked, subgraphs=True)
    async for ns, mode, data in run:
        yield json.dumps({"mode": mode, "data": displayed(data), "ns": list(ns)})
