"""A whole message as the events that a streamed one would have made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

#: What may be large and comes with a block's end only.
_HEAVY = frozenset({"args", "data", "output", "transcript", "value"})
_CALL_CHUNKS = frozenset({"tool_call_chunk", "server_tool_call_chunk"})

Event = dict[str, Any]
Block = dict[str, Any]


def message_to_events(message: Any, *, message_id: str | None = None) -> Iterator[Event]:
    """`message-start`, each content block's start, piece and finish, `message-finish`.

    `message` is one of `anystep.messages`; its id may be given from outside.
    """
    metadata = dict(message.response_metadata or {})
    start: Event = {"event": "message-start", "role": "ai", "id": message_id or message.id or ""}
    names = {"model_provider": "provider", "model_name": "model"}
    origin = {ours: metadata[theirs] for theirs, ours in names.items() if theirs in metadata}
    if origin:
        start["metadata"] = origin
    yield start
    for index, block in enumerate(_blocks(message)):
        yield {"event": "content-block-start", "index": index, "content": _opened(block)}
        delta = _delta(block)
        if delta is not None:
            yield {"event": "content-block-delta", "index": index, "delta": delta}
        yield {"event": "content-block-finish", "index": index, "content": finished(block)}
    finish: Event = {"event": "message-finish"}
    usage = getattr(message, "usage_metadata", None)
    if usage:
        finish["usage"] = {k: dict(v) if isinstance(v, dict) else v for k, v in usage.items()}
    if metadata:
        finish["metadata"] = metadata
    yield finish


def _blocks(message: Any) -> list[Block]:
    blocks = [dict(block) for block in message.content_blocks]
    for call in getattr(message, "invalid_tool_calls", None) or ():
        kept = {k: call[k] for k in ("id", "name", "args", "error") if call.get(k) is not None}
        blocks.append({"type": "invalid_tool_call", **kept})
    return blocks


def _opened(block: Block) -> Block:
    """A block before its content has come."""
    kind = block.get("type", "text")
    if kind in ("text", "reasoning"):
        left_out = {kind, "index", "annotations"} if kind == "text" else {kind, "index"}
        return {**{k: v for k, v in block.items() if k not in left_out}, kind: ""}
    if kind in _CALL_CHUNKS:
        names = ("id", "name", "index")
        known = {k: block[k] for k in names if block.get(k) is not None}
        return {"type": kind, **known, "args": ""}
    opened = {k: v for k, v in block.items() if k not in _HEAVY}
    if kind in ("tool_call", "server_tool_call"):
        opened["args"] = {}
    elif kind == "non_standard":
        opened["value"] = {}
    return opened


def _delta(block: Block) -> Block | None:
    """A block's content as one piece; None for kinds that come whole."""
    kind = block.get("type")
    if kind in ("text", "reasoning"):
        return {"type": f"{kind}-delta", kind: block[kind]} if block.get(kind) else None
    if kind in _CALL_CHUNKS:
        return {"type": "tool-call-delta", "args": block["args"]} if block.get("args") else None
    if not block.get("data"):
        return None
    delta: Block = {"type": "data-delta", "data": block["data"]}
    if block.get("encoding") == "base64":
        delta["encoding"] = "base64"
    return delta


def finished(block: Block) -> Block:
    """A block when its content is there: pieces of a call become the call."""
    kind = block.get("type")
    if kind not in _CALL_CHUNKS:
        return block
    import json

    left_out = {"type", "id", "name", "args"} | ({"index"} if kind == "tool_call_chunk" else set())
    rest = {k: v for k, v in block.items() if k not in left_out and v is not None}
    raw = block.get("args") or "{}"
    known = {"id": block.get("id"), "name": block.get("name")}
    try:
        args = json.loads(raw)
    except (TypeError, ValueError):
        error = "Failed to parse tool call arguments as JSON"
        return {"type": "invalid_tool_call", **known, "args": raw, "error": error, **rest}
    whole = kind.removesuffix("_chunk")
    return {
        "type": whole,
        "id": known["id"] or "",
        "name": known["name"] or "",
        "args": args,
        **rest,
    }
