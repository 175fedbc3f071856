"""What a model said, whole or in pieces."""

from typing import Any, ClassVar, Literal, NotRequired, TypedDict

from anystep.messages._base import BaseMessage, BaseMessageChunk
from anystep.messages._merge import Content, merge_lists
from anystep.messages._tool_calls import (
    InvalidToolCall,
    ToolCall,
    ToolCallChunk,
    as_invalid_tool_call,
    as_tool_call,
    as_tool_call_chunk,
    read_chunks,
    read_openai_calls,
    read_openai_chunks,
)


class InputTokenDetails(TypedDict, total=False):
    """Which of the input tokens were what; not all have to be told."""

    audio: int
    cache_creation: int
    cache_read: int


class OutputTokenDetails(TypedDict, total=False):
    """Which of the output tokens were what; not all have to be told."""

    audio: int
    reasoning: int


class UsageMetadata(TypedDict):
    """How many tokens a model read and wrote."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_token_details: NotRequired[InputTokenDetails]
    output_token_details: NotRequired[OutputTokenDetails]


class AIMessage(BaseMessage):
    """What a model said.

    `tool_calls` are the calls it asks for, `invalid_tool_calls` those that could not be read.
    Calls that a provider left in `additional_kwargs["tool_calls"]` are read from there. Raises
    ValueError for a call without name or arguments.
    """

    __slots__ = ("invalid_tool_calls", "tool_calls", "usage_metadata")
    type: ClassVar[str] = "ai"
    _fields: ClassVar[tuple[str, ...]] = (
        *BaseMessage._fields,
        "tool_calls",
        "invalid_tool_calls",
        "usage_metadata",
    )
    _always_shown: ClassVar[frozenset[str]] = BaseMessage._always_shown | {
        "tool_calls",
        "invalid_tool_calls",
    }
    tool_calls: list[ToolCall]
    invalid_tool_calls: list[InvalidToolCall]
    usage_metadata: UsageMetadata | None

    def __init__(
        self,
        content: Content | None = None,
        content_blocks: list[dict[str, Any]] | None = None,
        *,
        tool_calls: Any = (),
        invalid_tool_calls: Any = (),
        usage_metadata: UsageMetadata | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(content, content_blocks, **kwargs)
        if content_blocks and not tool_calls:
            tool_calls = [one for one in content_blocks if one.get("type") == "tool_call"]
        self.usage_metadata = usage_metadata
        self._take_calls(tool_calls, invalid_tool_calls)

    def _take_calls(self, calls: Any, invalid: Any) -> None:
        raw = self.additional_kwargs.get("tool_calls")
        if raw and not calls and not invalid:
            self.tool_calls, self.invalid_tool_calls = read_openai_calls(raw)
            return
        self.tool_calls = [as_tool_call(one) for one in calls] if calls else []
        self.invalid_tool_calls = [as_invalid_tool_call(one) for one in invalid] if invalid else []

    @property
    def content_blocks(self) -> list[dict[str, Any]]:
        """The content as typed blocks, with the tool calls that are not among them."""
        blocks = super().content_blocks
        there = {block.get("id") for block in blocks if block.get("type") == "tool_call"}
        for call in self.tool_calls:
            if call["id"] and call["id"] not in there:
                blocks.append({**call, "type": "tool_call"})
        reasoning = self.additional_kwargs.get("reasoning_content")
        if isinstance(reasoning, str) and all(one.get("type") != "reasoning" for one in blocks):
            blocks.insert(0, {"type": "reasoning", "reasoning": reasoning})
        return blocks

    def pretty_repr(self, html: bool = False) -> str:
        """The message under its title, and the calls it asks for."""
        lines = [super().pretty_repr(html).strip()]
        if self.tool_calls:
            lines.append("Tool Calls:")
            lines += [line for call in self.tool_calls for line in _call_lines(call)]
        if self.invalid_tool_calls:
            lines.append("Invalid Tool Calls:")
            lines += [line for call in self.invalid_tool_calls for line in _call_lines(call)]
        return "\n".join(lines).strip()


def _call_lines(call: Any) -> list[str]:
    lines = [f"  {call.get('name', 'Tool')} ({call.get('id')})", f" Call ID: {call.get('id')}"]
    if call.get("error"):
        lines.append(f"  Error: {call['error']}")
    lines.append("  Args:")
    args = call.get("args")
    named: dict[str, Any] = args
    if isinstance(args, str):
        lines.append(f"    {args}")
    elif isinstance(args, dict):
        lines += [f"    {name}: {value}" for name, value in named.items()]
    return lines


class AIMessageChunk(AIMessage, BaseMessageChunk):
    """A piece of an `AIMessage`.

    `tool_call_chunks` are the pieces of calls as they came; `tool_calls` is what can be read of
    them so far, found out when somebody asks. `chunk_position` is "last" for the last piece.
    """

    __slots__ = ("_calls", "_invalid", "chunk_position", "tool_call_chunks")
    type: ClassVar[str] = "AIMessageChunk"
    _fields: ClassVar[tuple[str, ...]] = (
        *AIMessage._fields,
        "tool_call_chunks",
        "chunk_position",
    )
    _always_shown: ClassVar[frozenset[str]] = AIMessage._always_shown | {"tool_call_chunks"}
    tool_call_chunks: list[ToolCallChunk]
    chunk_position: Literal["last"] | None
    _calls: list[ToolCall] | None
    _invalid: list[InvalidToolCall] | None

    def __init__(
        self,
        content: Content | None = None,
        content_blocks: list[dict[str, Any]] | None = None,
        *,
        tool_call_chunks: Any = (),
        chunk_position: Literal["last"] | None = None,
        **kwargs: Any,
    ) -> None:
        self.tool_call_chunks = [as_tool_call_chunk(one) for one in tool_call_chunks]
        self.chunk_position = chunk_position
        super().__init__(content, content_blocks, **kwargs)

    def _take_calls(self, calls: Any, invalid: Any) -> None:
        self._calls = self._invalid = None
        raw = self.additional_kwargs.get("tool_calls")
        if self.tool_call_chunks:
            return
        if raw and not calls and not invalid:
            self.tool_call_chunks = read_openai_chunks(raw)
            return
        self._calls = [as_tool_call(one) for one in calls]
        self._invalid = [as_invalid_tool_call(one) for one in invalid]
        if self._calls or self._invalid:
            import json

            whole: list[Any] = [{**one, "args": json.dumps(one["args"])} for one in self._calls]
            self.tool_call_chunks = [as_tool_call_chunk(one) for one in (*whole, *self._invalid)]

    def _read(self) -> None:
        self._calls, self._invalid = read_chunks(self.tool_call_chunks)

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The calls that can be read so far."""
        if self._calls is None:
            self._read()
        calls: list[ToolCall] = self._calls or []
        return calls

    @tool_calls.setter
    def tool_calls(self, calls: list[ToolCall]) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._invalid = self.invalid_tool_calls
        self._calls = calls

    @property
    def invalid_tool_calls(self) -> list[InvalidToolCall]:
        """The calls that cannot be read."""
        if self._invalid is None:
            self._read()
        invalid: list[InvalidToolCall] = self._invalid or []
        return invalid

    @invalid_tool_calls.setter
    def invalid_tool_calls(self, invalid: list[InvalidToolCall]) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._calls = self.tool_calls
        self._invalid = invalid

    def __add__(self, other: Any) -> "AIMessageChunk":
        """Join with a piece, or with a list of them. Raises TypeError for anything else."""
        joined = super().__add__(other)
        if not isinstance(joined, AIMessageChunk):
            raise TypeError(f"{type(joined).__name__} is no AIMessageChunk")
        return joined

    def _joined(self, others: list[Any]) -> "AIMessageChunk":
        pieces = [self, *(one for one in others if isinstance(one, AIMessageChunk))]
        usage = self.usage_metadata
        for one in pieces[1:]:
            if usage or one.usage_metadata:
                usage = add_usage(usage, one.usage_metadata)
        return type(self)(
            tool_call_chunks=merge_lists(*[list(one.tool_call_chunks) for one in pieces]) or (),
            usage_metadata=usage,
            id=_best_id([one.id for one in (self, *others)]),
            chunk_position="last" if any(one.chunk_position for one in pieces) else None,
            **self._merged(others),
        )


def _best_id(ids: list[str | None]) -> str | None:
    """The provider's id if a piece has it, else a run's, else whichever came first."""
    known = [one for one in ids if one]
    for one in known:
        if not one.startswith("lc_"):
            return one
    for one in known:
        if one.startswith("lc_run-"):
            return one
    return known[0] if known else None


def add_usage(left: UsageMetadata | None, right: UsageMetadata | None) -> UsageMetadata:
    """The sum of two counts, details included. Raises ValueError for what is no number."""
    if not left or not right:
        return left or right or {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    total: Any = _add_counts(dict(left), dict(right))
    usage: UsageMetadata = total
    return usage


def _add_counts(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    total = dict(left)
    for name, count in right.items():
        details: dict[str, Any] = count
        before = total.get(name, {} if isinstance(count, dict) else 0)
        if isinstance(before, dict) and isinstance(count, dict):
            total[name] = _add_counts(total.get(name, {}), details)
        elif isinstance(before, int) and isinstance(count, int):
            total[name] = before + count
        else:
            raise ValueError(  # noqa: TRY004 - a wrong count, whatever it is
                f"Cannot add {name!r}: {before!r} and {count!r} are not both counts"
            )
    return total
