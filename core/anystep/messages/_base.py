"""What all messages have in common.

Plain classes with slots, in LangChain's shape: same fields, same defaults, same wire names. What
a constructor does not know is kept as an attribute, as LangChain keeps it.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from anystep.messages._merge import Content, merge_content, merge_dicts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self


#: The fields whose default is an empty container.
EMPTY: dict[str, type] = {
    "additional_kwargs": dict,
    "response_metadata": dict,
    "invalid_tool_calls": list,
    "tool_call_chunks": list,
    "tool_calls": list,
}


class MessageText(str):
    """A message's text; may be called, because LangChain's `text` used to be a method."""

    __slots__ = ()

    def __call__(self) -> str:
        """Deprecated: use `message.text` without calling it."""
        import warnings

        warnings.warn(
            "Calling .text() as a method is deprecated. Use .text as a property instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return str(self)


class BaseMessage:
    """A turn of a conversation.

    `content` is text, or a list of texts and typed blocks. `id` is what `add_messages` knows it
    by. `additional_kwargs` is what the model's provider said beside it, `response_metadata` what
    it said about it. Raises ValueError for content of another kind, or a `type` that is not the
    class's.
    """

    __slots__ = ("__dict__", "additional_kwargs", "content", "id", "name", "response_metadata")
    type: ClassVar[str]
    _fields: ClassVar[tuple[str, ...]] = (
        "content",
        "additional_kwargs",
        "response_metadata",
        "type",
        "name",
        "id",
    )
    # Fields whose default is an empty container: a repr shows them also then.
    _always_shown: ClassVar[frozenset[str]] = frozenset(
        ("content", "additional_kwargs", "response_metadata")
    )
    _hidden: ClassVar[frozenset[str]] = frozenset(("type",))
    _defaults: ClassVar[dict[str, Any]] = {}

    content: Content
    additional_kwargs: dict[str, Any]
    response_metadata: dict[str, Any]
    name: str | None
    id: str | None

    def __init__(
        self,
        content: Content | None = None,
        content_blocks: list[dict[str, Any]] | None = None,
        *,
        additional_kwargs: dict[str, Any] | None = None,
        response_metadata: dict[str, Any] | None = None,
        name: str | None = None,
        id: str | int | None = None,
        type: str | None = None,
        **extra: Any,
    ) -> None:
        given: Any = content if content_blocks is None else content_blocks
        self.content = given if given.__class__ is str else _checked_content(self, given)
        self.additional_kwargs = dict(additional_kwargs) if additional_kwargs else {}
        self.response_metadata = dict(response_metadata) if response_metadata else {}
        self.name = name
        self.id = str(id) if isinstance(id, (int, float)) else id
        if type is not None and type != self.type:
            raise ValueError(f"{self.__class__.__name__} has type {self.type!r}, got {type!r}")
        if extra:
            self.__dict__.update(extra)

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            """The default of a field that nobody has set.

            Only decoded messages lack any: most fields of most messages are empty, and to make
            five objects for each message is what reading a long conversation would cost.
            """
            if name not in self._fields:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            make = EMPTY.get(name)
            value = self._defaults.get(name) if make is None else make()
            setattr(self, name, value)
            return value

    @classmethod
    def wire_fields(cls) -> tuple[str, ...]:
        """The names of the fields a message of this class is written down with, in order."""
        return cls._fields

    @property
    def text(self) -> MessageText:
        """The text of the content; blocks that are not text are left out."""
        content = self.content
        if isinstance(content, str):
            return MessageText(content)
        return MessageText(
            "".join(
                block if isinstance(block, str) else block["text"]
                for block in content
                if isinstance(block, str)
                or (block.get("type") == "text" and isinstance(block.get("text"), str))
            )
        )

    @property
    def content_blocks(self) -> list[dict[str, Any]]:
        """The content as typed blocks; those of no standard type are wrapped as `non_standard`."""
        content = self.content
        if isinstance(content, str):
            return [{"type": "text", "text": content}] if content else []
        return [_block(item) for item in content]

    def model_dump(
        self,
        *,
        include: "Iterable[str] | None" = None,
        exclude: "Iterable[str]" = (),
        exclude_none: bool = False,
    ) -> dict[str, Any]:
        """Every field and extra attribute by name; containers are copied."""
        names = [*self._fields, *self.__dict__]
        wanted = set(names if include is None else include).difference(exclude)
        return {
            name: _copied(value)
            for name in names
            if name in wanted and ((value := getattr(self, name)) is not None or not exclude_none)
        }

    def model_dump_json(self) -> str:
        """`model_dump()` as JSON."""
        import json

        return json.dumps(self.model_dump(), ensure_ascii=False)

    def model_copy(self, *, update: dict[str, Any] | None = None, deep: bool = False) -> "Self":
        """A copy with some fields replaced; `deep` also copies what the fields hold."""
        import copy

        twin = copy.deepcopy(self) if deep else copy.copy(self)
        for name, value in (update or {}).items():
            setattr(twin, name, value)
        return twin

    def to_dict(self) -> dict[str, Any]:
        """`type` and the fields that differ from their defaults, not copied: the short form.

        `message_from_fields` of this package is the way back.
        """
        short: dict[str, Any] = {"type": self.type}
        for name in self._fields:
            value = getattr(self, name)
            if value and name != "type" and value != self._defaults.get(name):
                short[name] = value
        short.update(self.__dict__)
        return short

    def _shown(self) -> list[str]:
        """The fields worth showing as `name=value`: those that differ from their defaults."""
        shown: list[str] = []
        for name in self._fields:
            value = getattr(self, name)
            if name in self._hidden:
                continue
            if name in self._always_shown or value != self._defaults.get(name):
                shown.append(f"{name}={value!r}")
        return shown + [f"{name}={value!r}" for name, value in self.__dict__.items()]

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({', '.join(self._shown())})"

    def __str__(self) -> str:
        return " ".join(self._shown())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BaseMessage) or other.__class__ is not self.__class__:
            return NotImplemented
        return self.__dict__ == other.__dict__ and all(
            getattr(self, name) == getattr(other, name) for name in self._fields
        )

    def pretty_repr(self, html: bool = False) -> str:
        """The message under a title line of 80 characters; `html` makes the title bold."""
        title = f" {self.type.title()} Message "
        side = "=" * ((80 - len(title)) // 2)
        other_side = side + "=" * (len(title) % 2)
        if html:
            title = f"\033[1m{title}\033[0m"
        name = "" if self.name is None else f"\nName: {self.name}"
        return f"{side}{title}{other_side}{name}\n\n{self.content}"

    def pretty_print(self) -> None:
        """Print `pretty_repr()`."""
        import sys

        sys.stdout.write(self.pretty_repr() + "\n")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let a pydantic model have messages among its fields."""
        from anystep.messages._pydantic import message_schema

        return message_schema(cls)


def _checked_content(message: BaseMessage, content: Any) -> Content:
    if isinstance(content, str):
        return content
    if isinstance(content, (list, tuple)):
        items: list[Any] = [*content]
        for item in items:
            if not isinstance(item, (str, dict)):
                raise ValueError(  # noqa: TRY004 - pydantic's, so programs catch this one
                    f"{message.__class__.__name__}.content may hold strings and dicts, "
                    f"got {type(item).__name__}"
                )
        return items
    raise ValueError(
        f"{message.__class__.__name__}.content must be a string or a list, "
        f"got {type(content).__name__}"
    )


def _copied(value: Any) -> Any:
    """A copy of the containers in `value`."""
    mapping: dict[Any, Any] = value
    items: list[Any] = value
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in mapping.items()}
    if isinstance(value, list):
        return [_copied(item) for item in items]
    return value


#: The block types that every model's messages can be read with.
_BLOCK_TYPES = frozenset(
    (
        "audio",
        "file",
        "image",
        "invalid_tool_call",
        "non_standard",
        "reasoning",
        "server_tool_call",
        "server_tool_call_chunk",
        "server_tool_result",
        "text",
        "text-plain",
        "tool_call",
        "tool_call_chunk",
        "video",
    )
)


def _block(item: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(item, str):
        return {"type": "text", "text": item}
    if item.get("type") in _BLOCK_TYPES and "source_type" not in item:
        return item
    return {"type": "non_standard", "value": item}


class BaseMessageChunk(BaseMessage):
    """A piece of a message that is still being streamed; `+` joins the pieces."""

    __slots__ = ()

    def __add__(self, other: Any) -> "BaseMessageChunk":
        """Join with a piece, or with a list of them. Raises TypeError for anything else."""
        given: Any = other
        others: list[Any] = [*other] if isinstance(other, (list, tuple)) else [other]
        if not all(isinstance(one, BaseMessageChunk) for one in others):
            raise TypeError(
                f"unsupported operand type(s) for +: {type(self).__name__!r} and "
                f"{given.__class__.__name__!r}"
            )
        return self._joined(others)

    def _joined(self, others: "list[Any]") -> "BaseMessageChunk":
        return type(self)(id=self.id, **self._merged(others))

    def _merged(self, others: "list[Any]") -> dict[str, Any]:
        """The fields that every kind of chunk merges."""
        return {
            "content": merge_content(self.content, *[one.content for one in others]),
            "additional_kwargs": merge_dicts(
                self.additional_kwargs, *[one.additional_kwargs for one in others]
            ),
            "response_metadata": merge_dicts(
                self.response_metadata, *[one.response_metadata for one in others]
            ),
        }
