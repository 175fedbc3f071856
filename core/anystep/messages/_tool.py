"""The result of a tool call."""

from typing import Any, ClassVar, Literal

from anystep.messages._base import BaseMessage, BaseMessageChunk
from anystep.messages._merge import merge_objects


class ToolMessage(BaseMessage):
    """What a tool answered to the call `tool_call_id`.

    `content` goes to the model and is made text if it is neither text nor blocks; `artifact` is
    the rest of the result, for the program. `status` is "success" or "error"; ValueError for
    another one.
    """

    __slots__ = ("artifact", "status", "tool_call_id")
    type: ClassVar[str] = "tool"
    _fields: ClassVar[tuple[str, ...]] = (
        *BaseMessage._fields,
        "tool_call_id",
        "artifact",
        "status",
    )
    _always_shown: ClassVar[frozenset[str]] = frozenset(("content",))
    _hidden: ClassVar[frozenset[str]] = frozenset(
        ("additional_kwargs", "response_metadata", "type")
    )
    _defaults: ClassVar[dict[str, Any]] = {"status": "success"}
    tool_call_id: str
    artifact: Any
    status: Literal["success", "error"]

    def __init__(
        self,
        content: Any = None,
        content_blocks: list[dict[str, Any]] | None = None,
        *,
        tool_call_id: Any,
        artifact: Any = None,
        status: Literal["success", "error"] = "success",
        **kwargs: Any,
    ) -> None:
        if status not in ("success", "error"):
            raise ValueError(f"ToolMessage.status must be 'success' or 'error', got {status!r}")
        super().__init__(_as_content(content), content_blocks, **kwargs)
        self.tool_call_id = str(tool_call_id)
        self.artifact = artifact
        self.status = status


def _as_content(value: Any) -> Any:
    """Whatever a tool returned, as content."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        items: list[Any] = [*value]
        return [one if isinstance(one, (str, dict)) else str(one) for one in items]
    return str(value)


class ToolMessageChunk(ToolMessage, BaseMessageChunk):
    """A piece of a `ToolMessage`."""

    __slots__ = ()
    type: ClassVar[str] = "ToolMessageChunk"

    def _joined(self, others: list[Any]) -> BaseMessageChunk:
        artifact, status = self.artifact, self.status
        for one in others:
            if not isinstance(one, ToolMessage):
                continue
            if one.tool_call_id != self.tool_call_id:
                raise ValueError("Cannot concatenate ToolMessageChunks with different names.")
            artifact = merge_objects(artifact, one.artifact)
            status = "error" if one.status == "error" else status
        return type(self)(
            id=self.id,
            tool_call_id=self.tool_call_id,
            artifact=artifact,
            status=status,
            **self._merged(others),
        )
