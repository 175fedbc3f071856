"""The graph as JSON-like data, and back.

The shape is langchain_core's `Graph.to_json`; a node says its `name` only where that is not the
last part of its id, which LangGraph's graphs never need.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard, cast

from ._graph import DrawEdge, DrawNode
from ._ids import is_uuid, leaf, readable_name

__all__ = ["DescribedData", "from_json", "to_json"]

#: What LangGraph says of a node that is a plain function, whichever it is.
_FUNCTION = ("anystep", "_internal", "_runnable", "RunnableCallable")


class DescribedData:
    """What is known of what ran in a node after reading it from JSON: its description."""

    __slots__ = ("__name__", "description")

    def __init__(self, name: str, description: dict[str, Any]) -> None:
        self.__name__ = name
        self.description = description

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DescribedData):
            return NotImplemented
        return self.description == other.description

    def __hash__(self) -> int:
        return hash(repr(self.description))

    def __repr__(self) -> str:
        return f"DescribedData({self.__name__!r}, {self.description!r})"


def to_json(graph: Any, *, with_schemas: bool) -> dict[str, list[dict[str, Any]]]:
    """Nodes and edges of a DrawableGraph; generated ids become their nodes' numbers."""
    stable: dict[str, str | int] = {
        id_: number if is_uuid(id_) else id_ for number, id_ in enumerate(graph.nodes)
    }
    nodes: list[dict[str, Any]] = []
    for node in graph.nodes.values():
        entry = {"id": stable[node.id], **_describe(node, with_schemas)}
        if node.name != _derived_name(node.id, node.data):
            entry["name"] = node.name
        if node.metadata is not None:
            entry["metadata"] = node.metadata
        nodes.append(entry)
    edges: list[dict[str, Any]] = []
    for edge in graph.edges:
        entry = {"source": stable[edge.source], "target": stable[edge.target]}
        if edge.data is not None:
            entry["data"] = edge.data
        if edge.conditional:
            entry["conditional"] = True
        edges.append(entry)
    return {"nodes": nodes, "edges": edges}


def from_json(data: Mapping[str, Any] | str) -> tuple[dict[str, DrawNode], list[DrawEdge]]:
    """The nodes and edges that `to_json` described. Raises ValueError naming what is wrong."""
    if isinstance(data, str):
        import json

        data = cast("Mapping[str, Any]", json.loads(data))
    nodes: dict[str, DrawNode] = {}
    for entry in _entries(data, "nodes"):
        id_ = _id(entry, "id")
        if id_ in nodes:
            raise ValueError(f"two nodes have the id {entry['id']!r}")
        content = _data_of(entry)
        name = entry.get("name", _derived_name(id_, content))
        nodes[id_] = DrawNode(id_, name, content, entry.get("metadata"))
    edges: list[DrawEdge] = []
    for entry in _entries(data, "edges"):
        ends = _id(entry, "source"), _id(entry, "target")
        for end in ends:
            if end not in nodes:
                raise ValueError(f"edge {entry!r} ends at {end!r}, which is no node")
        edges.append(DrawEdge(*ends, entry.get("data"), bool(entry.get("conditional", False))))
    return nodes, edges


def _describe(node: DrawNode, with_schemas: bool) -> dict[str, Any]:
    data = node.data
    if data is None:
        return {}
    if isinstance(data, DescribedData):
        return data.description
    name = readable_name(node.id, data)
    schema = getattr(data, "model_json_schema", None)
    if isinstance(data, type) and callable(schema):
        return {"type": "schema", "data": schema() if with_schemas else name}
    if not callable(data) and not callable(getattr(data, "invoke", None)):
        return {"type": "unknown", "data": name}
    lc_id = getattr(data, "lc_id", None)
    path: Any = [*_FUNCTION]
    if callable(lc_id):
        path = lc_id()
    elif hasattr(data, "invoke"):
        kind: Any = data if hasattr(data, "__qualname__") else type(data)
        path = [*kind.__module__.split("."), kind.__name__]
    return {"type": "runnable", "data": {"id": path, "name": name}}


def _derived_name(id_: str, data: Any) -> str:
    """What a node is called when nothing else is said."""
    return readable_name(id_, data) if is_uuid(id_) else leaf(id_)


def _entries(data: object, key: str) -> list[Mapping[str, Any]]:
    found = data.get(key) if _is_object(data) else None
    if not _is_list(found) or not all(_is_object(entry) for entry in found):
        raise ValueError(f"expected an object with a list of objects under {key!r}")
    return found


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[list[Mapping[str, Any]]]:
    return isinstance(value, list)


def _id(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:032x}"
    raise ValueError(f"{entry!r} has no {key!r} that is text or a number")


def _data_of(entry: Mapping[str, Any]) -> DescribedData | None:
    if "type" not in entry:
        return None
    content = entry.get("data")
    name = content.get("name") if _is_object(content) else content
    return DescribedData(str(name), {"type": entry["type"], "data": content})
