"""Conversations as graph state: the reducer that merges messages by id."""

from functools import lru_cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypedDict, overload

from anystep._langchain import has_messages, message_bases
from anystep.channels._reducer import folding
from anystep.messages import (
    AnyMessage,
    BaseMessage,
    BaseMessageChunk,
    MessageLikeRepresentation,
    convert_to_messages,
    convert_to_openai_messages,
    message_chunk_to_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ._message_graph import MessageGraph

__all__ = (
    "REMOVE_ALL_MESSAGES",
    "MessageGraph",
    "Messages",
    "MessagesState",
    "add_messages",
    "push_message",
)

#: What `add_messages` takes: one message or several, in any form that can be made one.
Messages: TypeAlias = list[MessageLikeRepresentation] | MessageLikeRepresentation

REMOVE_ALL_MESSAGES = "__remove_all__"
"""The id of a `RemoveMessage` that forgets everything before it."""

_id_of = attrgetter("id")

_OURS, _THEIRS = "ours", "LangChain's"


def _kind(cls: type) -> str | None:
    """Whose whole messages these are; None for what has to be made one first."""
    return _known_kind(cls)


@lru_cache(maxsize=128)
def _known_kind(cls: type) -> str | None:
    if issubclass(cls, BaseMessage):
        return None if issubclass(cls, BaseMessageChunk) else _OURS
    bases = message_bases(cls)
    return _THEIRS if bases and "BaseMessageChunk" not in bases else None


class _Merge:
    """A list of messages while writes are merged into it.

    The common write appends messages with new ids; it costs one pass over the ids in C and no
    index. The index is made when a write replaces or removes something.
    """

    __slots__ = ("index", "kinds", "messages")

    def __init__(self, messages: Any) -> None:
        self.messages = _as_list(messages).copy()
        self.kinds = _kinds(self.messages)
        self.index: dict[str, int] | None = None

    def write(self, right: Any) -> None:
        """Merge one write. Raises ValueError if it removes a message that is not there."""
        news = self._admit(_as_list(right))
        for message in news:
            if message.id is None:
                message.id = _new_id()
        for position in range(len(news) - 1, -1, -1):
            if news[position].type == "remove" and news[position].id == REMOVE_ALL_MESSAGES:
                self.messages, self.index = [], None
                del news[: position + 1]
                break
        if self.index is None and not self._append(news):
            self._build_index()
        if self.index is not None:
            self._replace(news, self.index)

    def _admit(self, given: list[Any]) -> list[Any]:
        """A new list of whole messages, of the same kind as those that are there."""
        kinds = _kinds(given) | self.kinds
        if not kinds or (len(kinds) == 1 and None not in kinds):
            self.kinds = kinds
            return given.copy()
        # Of messages of one kind the first stands for all.
        one_kind = len(self.kinds) == 1 and None not in self.kinds
        theirs = _are_theirs(self.messages[:1] if one_kind else self.messages, given)
        if self.kinds - {_THEIRS if theirs else _OURS}:
            self.messages, self.index = _whole(self.messages, theirs), None
        self.kinds = frozenset((_THEIRS if theirs else _OURS,))
        return _whole(given, theirs)

    def _append(self, news: list[Any]) -> bool:
        """Append, if that is all there is to do."""
        ids: set[str | None] = {message.id for message in news if message.type != "remove"}
        if len(ids) != len(news):
            return False
        ids.add(None)  # a message here without an id has to get one
        if not ids.isdisjoint(map(_id_of, self.messages)):
            return False
        self.messages += news
        return True

    def _build_index(self) -> None:
        for message in self.messages:
            if message.id is None:
                message.id = _new_id()
        self.index = {message.id: place for place, message in enumerate(self.messages)}

    def _replace(self, news: list[Any], index: dict[str, int]) -> None:
        removed: set[str] = set()
        for message in news:
            place = index.get(message.id)
            if message.type == "remove":
                if place is None:
                    raise ValueError(
                        "Attempting to delete a message with an ID that doesn't exist "
                        f"('{message.id}')"
                    )
                removed.add(message.id)
            elif place is None:
                index[message.id] = len(self.messages)
                self.messages.append(message)
            else:
                removed.discard(message.id)
                self.messages[place] = message
        if removed:
            self.messages = [one for one in self.messages if one.id not in removed]
            self.index = None


def _as_list(given: Any) -> list[Any]:
    items: list[Any] = given
    return items if isinstance(given, list) else [given]


def _kinds(items: list[Any]) -> frozenset[str | None]:
    return frozenset(map(_kind, set(map(type, items))))


def _are_theirs(*lists: list[Any]) -> bool:
    """Whether a merge of these gives LangChain's messages.

    It does where one of them is among them, and where none of ours is, if the application
    has imported LangChain's.
    """
    classes: set[type] = set().union(*[map(type, items) for items in lists])
    if any(map(message_bases, classes)):
        return True
    return has_messages() and not any(issubclass(cls, BaseMessage) for cls in classes)


def _whole(items: list[Any], theirs: bool) -> list[Any]:
    """A new list of whole messages from message-like things."""
    if theirs:
        from anystep._langchain._messages import whole_messages

        return whole_messages(items)
    return [message_chunk_to_message(message) for message in convert_to_messages(items)]


def _new_id() -> str:
    from anystep._ids import uuid4
    from anystep.host import current_host

    return uuid4(current_host().random_bytes(16))


def _fold(value: Any, writes: "Sequence[Any]") -> list[Any]:
    """All of a step's writes in one go, each as if it came alone."""
    merge = _Merge(value)
    for write in writes:
        merge.write(write)
    return merge.messages


@overload
def add_messages(
    left: Any, right: Any, *, format: Literal["langchain-openai"] | None = None
) -> list[Any]: ...
@overload
def add_messages(
    *, format: Literal["langchain-openai"] | None = None
) -> "Callable[[Any, Any], list[Any]]": ...
@folding(_fold)
def add_messages(
    left: Any = None,
    right: Any = None,
    *,
    format: Literal["langchain-openai"] | None = None,
) -> Any:
    """Merge messages by id: annotate a state key with it, `Annotated[list, add_messages]`.

    Either side is a message-like or a list of them (see `convert_to_messages`); pieces become
    whole messages, missing ids are made up. Where either side holds a message of LangChain's,
    or neither holds one of ours and the application has imported LangChain's, the result is
    LangChain's messages; ours otherwise. A message of `right` takes the place of the one in
    `left` with its id, or comes last. A `RemoveMessage` forgets the one with its id; with the id
    `REMOVE_ALL_MESSAGES`, everything before it. With `format="langchain-openai"` contents are put
    in OpenAI's form. Without either side, the same function with that format set.

    Returns a new list. Raises ValueError if only one side is given, if a message to remove is not
    there, and for an unknown format.
    """
    if left is None and right is None:
        return partial(add_messages, format=format)
    if left is None or right is None:
        given = "left" if left else "right"  # LangGraph calls an empty one not received
        raise ValueError(
            "Must specify non-null arguments for both 'left' and 'right'. "
            f"Only received: '{given}'."
        )
    if format not in (None, "langchain-openai"):
        raise ValueError(f"Unrecognized {format=}. Expected one of 'langchain-openai', None.")
    merged = _fold(left, [right])
    return _in_openai_form(merged) if format else merged


def _in_openai_form(messages: list[Any]) -> list[Any]:
    if _are_theirs(messages):
        from anystep._langchain._messages import openai_form

        return openai_form(messages)
    return convert_to_messages(convert_to_openai_messages(messages, include_id=True))


class MessagesState(TypedDict):
    """A state that is a conversation; derive from it to have more keys."""

    messages: Annotated[list[AnyMessage], add_messages]


def push_message(message: Any, *, state_key: str | None = "messages") -> Any:
    """Send a message to the `messages` stream from inside a node, and write it to the state.

    `state_key` is the key it is written to, None for the stream only. Returns the message. Raises
    RuntimeError outside a run, ValueError if the message has no id.
    """
    from anystep.config import current_task

    task = current_task.get(None)
    if task is None:
        raise RuntimeError("Called get_config outside of a runnable context")
    if _kind(type(message)) is not None:
        pushed = message
    else:
        [pushed] = _whole([message], _are_theirs([message]))
    if pushed.id is None:
        raise ValueError("Message ID is required")
    task.push_message(pushed, state_key)
    return pushed


def _messages_delta_reducer(  # pyright: ignore[reportUnusedFunction] - LangGraph's name
    state: Any, writes: "Sequence[Any]"
) -> list[Any]:
    """For a `DeltaChannel`: merge by id, however the writes are batched.

    So it makes up no ids, and a message to remove may be missing.
    """
    items: list[Any] = []
    for write in writes:
        items.extend(_as_list(write))
    theirs = _are_theirs(_as_list(state), items)
    merged = _whole(_as_list(state), theirs)
    index = {message.id: place for place, message in enumerate(merged) if message.id is not None}
    for message in _whole(items, theirs):
        if message.type == "remove":
            place = index.pop(message.id, None)
            if place is not None:
                merged[place] = None
        elif message.id is None or message.id not in index:
            if message.id is not None:
                index[message.id] = len(merged)
            merged.append(message)
        else:
            merged[index[message.id]] = message
    return [message for message in merged if message is not None]


def __getattr__(name: str) -> Any:
    """`MessageGraph`, which is retired, when somebody asks."""
    if name == "MessageGraph":
        from ._message_graph import MessageGraph

        return MessageGraph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
