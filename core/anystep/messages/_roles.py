"""The kinds of message that are a speaker and what was said."""

from typing import Any, ClassVar

from anystep.messages._base import BaseMessage, BaseMessageChunk
from anystep.messages._merge import Content


class HumanMessage(BaseMessage):
    """What the user said."""

    __slots__ = ()
    type: ClassVar[str] = "human"


class HumanMessageChunk(HumanMessage, BaseMessageChunk):
    """A piece of a `HumanMessage`."""

    __slots__ = ()
    type: ClassVar[str] = "HumanMessageChunk"


class SystemMessage(BaseMessage):
    """What the model is told to be."""

    __slots__ = ()
    type: ClassVar[str] = "system"


class SystemMessageChunk(SystemMessage, BaseMessageChunk):
    """A piece of a `SystemMessage`."""

    __slots__ = ()
    type: ClassVar[str] = "SystemMessageChunk"


class ChatMessage(BaseMessage):
    """What a speaker with any `role` said."""

    __slots__ = ("role",)
    type: ClassVar[str] = "chat"
    _fields: ClassVar[tuple[str, ...]] = (*BaseMessage._fields, "role")
    role: str

    def __init__(
        self, content: Content | None = None, *args: Any, role: str, **kwargs: Any
    ) -> None:
        super().__init__(content, *args, **kwargs)
        self.role = role


class ChatMessageChunk(ChatMessage, BaseMessageChunk):
    """A piece of a `ChatMessage`."""

    __slots__ = ()
    type: ClassVar[str] = "ChatMessageChunk"

    def _joined(self, others: list[Any]) -> BaseMessageChunk:
        if any(isinstance(one, ChatMessage) and one.role != self.role for one in others):
            raise ValueError("Cannot concatenate ChatMessageChunks with different roles.")
        return type(self)(id=self.id, role=self.role, **self._merged(others))


class FunctionMessage(BaseMessage):
    """What the function `name` returned: the older form of `ToolMessage`."""

    __slots__ = ()
    type: ClassVar[str] = "function"

    def __init__(
        self, content: Content | None = None, *args: Any, name: str, **kwargs: Any
    ) -> None:
        super().__init__(content, *args, name=name, **kwargs)


class FunctionMessageChunk(FunctionMessage, BaseMessageChunk):
    """A piece of a `FunctionMessage`."""

    __slots__ = ()
    type: ClassVar[str] = "FunctionMessageChunk"

    def _joined(self, others: list[Any]) -> BaseMessageChunk:
        if any(isinstance(one, FunctionMessage) and one.name != self.name for one in others):
            raise ValueError("Cannot concatenate FunctionMessageChunks with different names.")
        return type(self)(id=self.id, name=self.name or "", **self._merged(others))


class RemoveMessage(BaseMessage):
    """Tells `add_messages` to forget the message with this `id`."""

    __slots__ = ()
    type: ClassVar[str] = "remove"

    def __init__(self, id: str, **kwargs: Any) -> None:
        """Raise ValueError if there is any content."""
        if kwargs.pop("content", None):
            raise ValueError("RemoveMessage does not support 'content' field.")
        super().__init__("", id=id, **kwargs)
