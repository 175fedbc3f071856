"""Pieces of a user interface that nodes make: shown at once, kept in the state.

class State(TypedDict):
    ui: Annotated[list[AnyUIMessage], ui_message_reducer]

def node(state):
    push_ui_message("chart", {"points": [1, 2]})
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict, cast

from anystep._ids import uuid4
from anystep.config import current_task, get_config, get_stream_writer

__all__ = (
    "AnyUIMessage",
    "RemoveUIMessage",
    "UIMessage",
    "delete_ui_message",
    "push_ui_message",
    "ui_message_reducer",
)


class UIMessage(TypedDict):
    """A component to show, by name, with its properties.

    `metadata["merge"]`: its properties are added to those of the component with the same
    id, rather than replacing it.
    """

    type: Literal["ui"]
    id: str
    name: str
    props: dict[str, Any]
    metadata: dict[str, Any]


class RemoveUIMessage(TypedDict):
    """Takes the component with this id away."""

    type: Literal["remove-ui"]
    id: str


AnyUIMessage = UIMessage | RemoveUIMessage


def push_ui_message(
    name: str,
    props: dict[str, Any],
    *,
    id: str | None = None,
    metadata: dict[str, Any] | None = None,
    message: Any = None,
    state_key: str | None = "ui",
    merge: bool = False,
) -> UIMessage:
    """Show a component, from inside a node: in the `custom` stream, and in the state.

    `message` is one it belongs to; `state_key` is where it is kept, None for nowhere.

    Raises: `RuntimeError` outside a run.
    """
    write, config, task = get_stream_writer(), get_config(), current_task.get()
    about: dict[str, Any] = {
        "merge": merge,
        "run_id": config.get("run_id"),
        "tags": config.get("tags"),
        "name": config.get("run_name"),
        **(metadata or {}),
    }
    if message:
        message_id = message.get("id") if isinstance(message, dict) else _id_of(message)
        if message_id:
            about["message_id"] = message_id
    shown: UIMessage = {
        "type": "ui",
        "id": id or uuid4(task.run.scope.host.random_bytes(16)),
        "name": name,
        "props": props,
        "metadata": about,
    }
    write(shown)
    if state_key:
        task.write([(state_key, shown)])
    return shown


def _id_of(message: Any) -> Any:
    return getattr(message, "id", None)


def delete_ui_message(id: str, *, state_key: str = "ui") -> RemoveUIMessage:
    """Take a component away, from inside a node.

    Raises: `RuntimeError` outside a run.
    """
    write, task = get_stream_writer(), current_task.get()
    removal: RemoveUIMessage = {"type": "remove-ui", "id": id}
    write(removal)
    task.write([(state_key, removal)])
    return removal


def ui_message_reducer(
    left: list[AnyUIMessage] | AnyUIMessage, right: list[AnyUIMessage] | AnyUIMessage
) -> list[AnyUIMessage]:
    """The components of `left` with those of `right` added, replaced, merged or removed.

    Raises: `ValueError` for the removal of one that is not there.
    """
    merged = list(left) if isinstance(left, list) else [left]
    places: dict[Any, int] = {one.get("id"): place for place, one in enumerate(merged)}
    removed: set[Any] = set()
    for one in right if isinstance(right, list) else [right]:
        key = one.get("id")
        place = places.get(key)
        if one.get("type") == "remove-ui":
            if place is None:
                raise ValueError(
                    f"Attempting to delete an UI message with an ID that doesn't exist ('{key}')"
                )
            removed.add(key)
        elif place is None:
            places[key] = len(merged)
            merged.append(one)
        else:
            removed.discard(key)
            merged[place] = _over(cast(UIMessage, merged[place]), cast(UIMessage, one))
    return [one for one in merged if one.get("id") not in removed]


def _over(old: UIMessage, new: UIMessage) -> UIMessage:
    if not new.get("metadata", {}).get("merge", False):
        return new
    return {**new, "props": {**old["props"], **new["props"]}}
