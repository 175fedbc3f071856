"""Calls a model asks for: their shapes, and how they are read from what a model says."""

from typing import Any, Literal, NotRequired, TypedDict


class ToolCall(TypedDict):
    """A tool to be called, with arguments; the answer names the `id`."""

    name: str
    args: dict[str, Any]
    id: str | None
    type: NotRequired[Literal["tool_call"]]


class ToolCallChunk(TypedDict):
    """A piece of a call; pieces with the same `index` belong together. `args` is JSON text."""

    name: str | None
    args: str | None
    id: str | None
    index: int | None
    type: NotRequired[Literal["tool_call_chunk"]]


class InvalidToolCall(TypedDict):
    """A call whose arguments could not be read: `args` is the text as it came."""

    name: str | None
    args: str | None
    id: str | None
    error: str | None
    type: NotRequired[Literal["invalid_tool_call"]]


def as_tool_call(call: Any) -> ToolCall:
    """A call with all its keys. Raises ValueError if the name or the arguments are not there."""
    name, args = call.get("name"), call.get("args")
    if not isinstance(name, str) or not isinstance(args, dict):
        # ValueError as pydantic's is one: programs catch that.
        raise ValueError(  # noqa: TRY004
            f"A tool call needs a 'name' and a dict of 'args', got {call!r}"
        )
    return {"name": name, "args": args, "id": call.get("id"), "type": "tool_call"}


def as_invalid_tool_call(call: Any) -> InvalidToolCall:
    """An unreadable call with all its keys."""
    return {
        "type": "invalid_tool_call",
        "id": call.get("id"),
        "name": call.get("name"),
        "args": call.get("args"),
        "error": call.get("error"),
    }


def as_tool_call_chunk(chunk: Any) -> ToolCallChunk:
    """A piece of a call with all its keys."""
    return {
        "name": chunk.get("name"),
        "args": chunk.get("args"),
        "id": chunk.get("id"),
        "index": chunk.get("index"),
        "type": "tool_call_chunk",
    }


def read_openai_calls(raw: list[dict[str, Any]]) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Calls in OpenAI's form: those that can be read, and those that cannot."""
    import json

    calls: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for one in raw:
        function = one.get("function")
        if function is None:
            continue
        name, text = function["name"], function["arguments"]
        try:
            args: Any = json.loads(text) or {}
            calls.append(as_tool_call({"name": name or "", "args": args, "id": one.get("id")}))
        except ValueError:
            invalid.append(as_invalid_tool_call({"name": name, "args": text, "id": one.get("id")}))
    return calls, invalid


def read_openai_chunks(raw: list[dict[str, Any]]) -> list[ToolCallChunk]:
    """Pieces of calls in OpenAI's form."""
    chunks: list[ToolCallChunk] = []
    for one in raw:
        function: dict[str, Any] = one.get("function") or {}
        chunks.append(
            as_tool_call_chunk(
                {
                    "name": function.get("name"),
                    "args": function.get("arguments"),
                    "id": one.get("id"),
                    "index": one.get("index"),
                }
            )
        )
    return chunks


def read_chunks(chunks: list[ToolCallChunk]) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """The calls as far as their pieces go: arguments that are still coming in are cut off."""
    calls: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for chunk in chunks:
        text = chunk["args"]
        try:
            args: Any = parse_partial_json(text) if text else {}
        except ValueError:
            args = None
        if isinstance(args, dict):
            calls.append(
                {
                    "name": chunk["name"] or "",
                    "args": args,
                    "id": chunk["id"],
                    "type": "tool_call",
                }
            )
        else:
            invalid.append(
                {
                    "name": chunk["name"],
                    "args": text,
                    "id": chunk["id"],
                    "error": None,
                    "type": "invalid_tool_call",
                }
            )
    return calls, invalid


_CLOSERS = {"{": "}", "[": "]"}


def parse_partial_json(text: str) -> Any:
    """The value of a JSON text that may break off anywhere.

    What is open is closed, and what is not yet a value is dropped. Raises ValueError if nothing
    of it can be read.
    """
    import json

    try:
        return json.loads(text, strict=False)
    except ValueError:
        pass
    for candidate in _completions(text):
        try:
            return json.loads(candidate, strict=False)
        except ValueError:
            continue
    raise ValueError(f"Not JSON, nor the beginning of it: {text[:80]!r}")


def _completions(text: str) -> list[str]:
    """Ways to end `text` where it might be valid, the longest first."""
    open_: list[str] = []  # the brackets to close, innermost last
    cuts: list[tuple[int, str]] = []  # where to cut, and how to close what is open there
    in_string = escaped = False
    for position, char in enumerate(text):
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "{[":
            open_.append(_CLOSERS[char])
            cuts.append((position + 1, "".join(reversed(open_))))
        elif char == ",":
            cuts.append((position, "".join(reversed(open_))))
        elif char in "}]":
            if not open_ or open_.pop() != char:
                return []
            if not open_:
                cuts.append((position + 1, ""))
    closing = "".join(reversed(open_))
    if in_string:
        whole = (text[:-1] if escaped else text) + '"' + closing
        tails = [whole]
    else:
        tails = [text + closing, text.rstrip("+-.eE") + closing]  # a number may be half there
    return tails + [text[:end] + close for end, close in reversed(cuts)]
