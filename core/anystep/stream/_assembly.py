"""The events of a message put together again: text, reasoning, calls, and the message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anystep.messages import AIMessage

from ._message_events import finished

_KEPT = frozenset(
    {
        "server_tool_call",
        "server_tool_result",
        "image",
        "audio",
        "video",
        "file",
        "non_standard",
    }
)
_CALLS = frozenset({"tool_call", "invalid_tool_call"})


class Assembly:
    """What has come of a message; `text`, `reasoning` and `calls` receive the pieces.

    Blocks are kept by their index, so that it does not matter in which order they finish.
    What comes without an index, or of a kind that is not known, is passed over.
    """

    __slots__ = ("blocks", "calls", "open_calls", "parts", "sinks", "start")

    def __init__(self, text: Any, reasoning: Any, calls: Any) -> None:
        self.sinks = {"text": text, "reasoning": reasoning}
        self.calls = calls
        self.parts: dict[str, dict[int, str]] = {"text": {}, "reasoning": {}}
        self.open_calls: dict[int, dict[str, Any]] = {}  # pieces of calls
        self.blocks: dict[int, dict[str, Any]] = {}
        self.start: Mapping[str, Any] = {}

    def block_starts(self, index: int, block: Mapping[str, Any]) -> None:
        if block.get("type") in ("tool_call_chunk", "server_tool_call_chunk"):
            self.open_calls[index] = {**block, "args": ""}
            self._call_grows(index, block.get("args"))

    def block_grows(self, index: int, delta: Mapping[str, Any]) -> None:
        kind = delta.get("type")
        if kind in ("text-delta", "reasoning-delta"):
            name = kind.removesuffix("-delta")
            self._grow(name, index, delta.get(name))
        elif kind == "tool-call-delta" and index in self.open_calls:
            self._call_grows(index, delta.get("args"))
        elif kind == "block-delta" and isinstance(delta.get("fields"), Mapping):
            self._call_so_far(index, delta["fields"])

    def _grow(self, name: str, index: int, piece: Any) -> None:
        if isinstance(piece, str) and piece:
            parts = self.parts[name]
            parts[index] = parts.get(index, "") + piece
            self.sinks[name].push(piece)

    def _call_grows(self, index: int, args: Any) -> None:
        if isinstance(args, str) and args:
            call = self.open_calls[index]
            call["args"] += args
            if call["type"] == "tool_call_chunk":
                piece = {k: call.get(k) for k in ("type", "id", "name")}
                position = {} if call.get("index") is None else {"index": call["index"]}
                self.calls.push({**piece, "args": args, **position})

    def _call_so_far(self, index: int, fields: Mapping[str, Any]) -> None:
        """A delta that says again all that is known of a call."""
        if fields.get("type") not in ("tool_call_chunk", "server_tool_call_chunk"):
            return
        call = self.open_calls.setdefault(index, {"type": fields["type"], "args": ""})
        call.update({k: v for k, v in fields.items() if v is not None and k != "args"})
        args = fields.get("args")
        if isinstance(args, str) and args.startswith(call["args"]):
            self._call_grows(index, args[len(call["args"]) :])
        elif isinstance(args, str):
            call["args"] = args

    def block_finishes(self, index: int, block: Mapping[str, Any]) -> None:
        kind = block.get("type")
        if kind in ("text", "reasoning"):
            self.blocks[index] = self._whole(kind, index, block)
        elif kind in _CALLS:
            self.blocks[index] = {k: v for k, v in block.items() if k != "index"}
        elif kind in _KEPT:
            self.blocks[index] = {**block, "index": block.get("index", index)}
        else:
            return
        self.open_calls.pop(index, None)

    def _whole(self, kind: str, index: int, block: Mapping[str, Any]) -> dict[str, Any]:
        """A text block: what its finish says counts, and its pieces where that says nothing."""
        had = self.parts[kind].get(index, "")
        told = block.get(kind)
        if isinstance(told, str) and told and told != had:
            if told.startswith(had):
                self._grow(kind, index, told[len(had) :])
            self.parts[kind][index] = told
        whole = {**block, "index": block.get("index", index)}
        text = self.parts[kind].get(index, "")
        if text or kind == "text":
            whole[kind] = text
        return whole

    def finish(self, end: Mapping[str, Any], message_id: str | None) -> AIMessage:
        """The message; completes the projections."""
        for index, call in self.open_calls.items():
            self.blocks[index] = finished(call)
        self.open_calls = {}
        blocks = [self.blocks[index] for index in sorted(self.blocks)]
        calls = [b for b in blocks if b["type"] == "tool_call"]
        for name, sink in self.sinks.items():
            parts = self.parts[name]
            sink.complete("".join(parts[index] for index in sorted(parts)))
        self.calls.complete(calls)
        more: dict[str, Any] = {}
        if end.get("additional_kwargs"):
            more["additional_kwargs"] = dict(end["additional_kwargs"])
        return AIMessage(
            content=list(blocks) if blocks else "",
            id=message_id,
            tool_calls=[_plain(c, ("name", "args", "id")) for c in calls],
            invalid_tool_calls=[
                _plain(b, ("name", "args", "id", "error"))
                for b in blocks
                if b["type"] == "invalid_tool_call"
            ],
            usage_metadata=end.get("usage"),
            response_metadata=self._metadata(end),
            **more,
        )

    def _metadata(self, end: Mapping[str, Any]) -> dict[str, Any]:
        origin = self.start.get("metadata") or {}
        names = {"provider": "model_provider", "model": "model_name"}
        metadata = {theirs: origin[ours] for ours, theirs in names.items() if ours in origin}
        metadata.update(end.get("metadata") or {})
        metadata["output_version"] = "v1"  # whatever the model's own form was
        return metadata


def _plain(block: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {"type": block["type"], **{key: block.get(key) for key in keys}}
