"""What tools give back, checked and put together for the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anystep._records import Command, Send
from anystep.messages import ToolMessage

from ._tool_calls import InputType, ToolCall, forgets_all, is_kind

#: The kinds of content blocks that a tool message may hold, LangChain's list.
_BLOCKS = frozenset(
    (
        "custom_tool_call_output",
        "document",
        "file",
        "image",
        "image_url",
        "json",
        "search_result",
        "text",
    )
)


def content_of(output: Any) -> Any:
    """What a tool message can hold: text, content blocks, or JSON of anything else."""
    if isinstance(output, str) or (
        isinstance(output, list)
        and all(isinstance(item, dict) and item.get("type") in _BLOCKS for item in output)
    ):
        return output
    import json

    try:
        return json.dumps(output, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(output)


def normal(response: Any, call: ToolCall, shape: InputType, messages_key: str) -> Any:
    """A tool's result as message, command, or list of them.

    Raises: `TypeError` for anything else; `ValueError` for a command that leaves the call without
    its message, or for a list with none or several.
    """
    if isinstance(response, Command):
        return _command(response, call, shape, messages_key, answers=True)
    if is_kind(response, ToolMessage):
        response.content = content_of(response.content)
        return response
    if not isinstance(response, list):
        raise TypeError(f"Tool {call['name']} returned unexpected type: {type(response)}")
    if not all(isinstance(item, Command) or is_kind(item, ToolMessage) for item in response):
        raise TypeError(
            f"Tool {call['name']} returned a list with invalid element types: expected all Command "
            "or ToolMessage"
        )
    _check_one_answer(response, call, messages_key)
    found: list[Any] = []
    for item in response:
        if isinstance(item, Command):
            found.append(_command(item, call, shape, messages_key, answers=False))
        else:
            item.content = content_of(item.content)
            found.append(item)
    return found


def _check_one_answer(items: Sequence[Any], call: ToolCall, messages_key: str) -> None:
    count = 0
    for item in items:
        messages = [item]
        if isinstance(item, Command):
            messages = item.update.get(messages_key, []) if isinstance(item.update, dict) else []
        count += sum(_answers(message, call) for message in messages)
    if count != 1:
        raise ValueError(
            f"Tool {call['name']} returned a list with {count} messages bound to tool_call_id "
            f"{call['id']!r}; expected exactly one terminating ToolMessage."
        )


def _answers(message: Any, call: ToolCall) -> bool:
    return is_kind(message, ToolMessage) and message.tool_call_id == call["id"]


def _command(
    command: Command[Any], call: ToolCall, shape: InputType, messages_key: str, *, answers: bool
) -> Command[Any]:
    from copy import deepcopy

    from anystep.messages import convert_to_messages

    update: Any = command.update
    if isinstance(update, dict):
        if shape not in ("dict", "tool_calls"):
            raise ValueError(
                f"Tools can provide a dict in Command.update only when using dict with "
                f"'{messages_key}' key as ToolNode input, got: {update} for tool '{call['name']}'"
            )
        command = deepcopy(command)
        messages = (command.update or {}).get(messages_key, [])
    elif isinstance(update, list):
        if shape != "list":
            raise ValueError(
                "Tools can provide a list of messages in Command.update only when using list of "
                f"messages as ToolNode input, got: {update} for tool '{call['name']}'"
            )
        command = deepcopy(command)
        messages = command.update
    else:
        return command
    messages = _whole(messages, convert_to_messages)
    if forgets_all(messages):
        return command
    matching = [message for message in messages if _answers(message, call)]
    for message in matching:
        message.name = call["name"]
    if answers and command.graph is None and not matching:
        raise ValueError(_unanswered(messages, call, shape))
    return command


def _whole(messages: Any, convert: Any) -> list[Any]:
    """Messages as they are where all are; others are made messages."""
    listed = messages if isinstance(messages, list) else [messages]
    if all(hasattr(message, "type") and hasattr(message, "content") for message in listed):
        return listed
    converted: list[Any] = convert(messages)
    return converted


def _unanswered(messages: Any, call: ToolCall, shape: InputType) -> str:
    example = (
        '`Command(update={"messages": [ToolMessage("Success", tool_call_id=tool_call_id), ...]}, '
        "...)`"
        if shape == "dict"
        else '`Command(update=[ToolMessage("Success", tool_call_id=tool_call_id), ...], ...)`'
    )
    return (
        f"Expected to have a matching ToolMessage in Command.update for tool '{call['name']}', "
        f"got: {messages}. Every tool call (LLM requesting to call a tool) in the message history "
        "MUST have a corresponding ToolMessage. You can fix it by modifying the tool to return "
        f"{example}."
    )


def together(answers: Sequence[Any], shape: InputType, messages_key: str) -> Any:
    """All answers as the node returns them: messages alone, or beside commands.

    Commands that send to the parent graph become one.
    """
    flat: list[Any] = []
    for answer in answers:
        flat.extend(answer if isinstance(answer, list) else [answer])
    if not any(isinstance(item, Command) for item in flat):
        return flat if shape == "list" else {messages_key: flat}
    found: list[Any] = []
    sends: list[Send] = []
    for item in flat:
        if not isinstance(item, Command):
            found.append([item] if shape == "list" else {messages_key: [item]})
        elif _sends_up(item):
            goto: Any = item.goto
            sends.extend(goto)
        else:
            found.append(item)
    if sends:
        found.append(Command(graph=Command.PARENT, goto=sends))
    return found


def _sends_up(command: Command[Any]) -> bool:
    goto = command.goto
    return (
        command.graph == Command.PARENT
        and isinstance(goto, list)
        and all(isinstance(target, Send) for target in goto)
    )
