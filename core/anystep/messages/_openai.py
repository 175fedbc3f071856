"""Messages as OpenAI's chat API takes them, whichever provider's blocks they hold."""

from typing import TYPE_CHECKING, Any, Literal

from anystep.messages._convert import convert_to_messages

if TYPE_CHECKING:
    from collections.abc import Callable


def convert_to_openai_messages(
    messages: Any,
    *,
    text_format: Literal["string", "block"] = "string",
    include_id: bool = False,
    pass_through_unknown_blocks: bool = True,
) -> Any:
    """A dict for one message-like, a list of dicts for a sequence of them.

    Content that is all text becomes one string (`text_format="string"`) or one block each. Blocks
    of Anthropic, Bedrock and Vertex AI are translated; unknown ones stay, or raise ValueError
    without `pass_through_unknown_blocks`, as do blocks that lack what their type needs.
    """
    if text_format not in ("string", "block"):
        raise ValueError(f"Unrecognized {text_format=}, expected one of 'string' or 'block'.")
    many: Any = messages
    single = isinstance(messages, (str, dict)) or hasattr(messages, "type")
    if single:
        many = [messages]
    found: list[dict[str, Any]] = []
    for number, message in enumerate(convert_to_messages(many)):
        entry = _Entry(message, number, pass_through_unknown_blocks)
        own = entry.head()
        content = entry.content(text_format)
        if include_id and message.id:
            own["id"] = message.id
        if entry.calls:
            own["tool_calls"] = own.get("tool_calls", []) + entry.calls
        own["content"] = content
        answers = [
            answer
            for one in entry.answers
            for answer in convert_to_openai_messages([one], text_format=text_format)
        ]
        if not (answers and message.content and not content):
            found.append(own)
        found.extend(answers)
    return found[0] if single else found


_ROLES = {"ai": "assistant", "human": "user", "tool": "tool", "function": "function"}


def _role(message: Any) -> str:
    kind = message.type.removesuffix("MessageChunk").lower()
    if kind == "chat":
        spoken: str = message.role
        return spoken
    if kind == "system":
        told: str = message.additional_kwargs.get("__openai_role__", "system")
        return told
    if kind not in _ROLES:
        raise ValueError(f"{type(message).__name__} has no role in OpenAI's API")
    return _ROLES[kind]


class _Entry:
    """One message on its way: its calls and answers may stand among its blocks."""

    __slots__ = ("answers", "calls", "message", "number", "pass_unknown")

    def __init__(self, message: Any, number: int, pass_unknown: bool) -> None:
        self.message = message
        self.number = number
        self.pass_unknown = pass_unknown
        self.calls: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []

    def head(self) -> dict[str, Any]:
        """Everything but the content."""
        message = self.message
        own: dict[str, Any] = {"role": _role(message)}
        if message.name:
            own["name"] = message.name
        if calls := getattr(message, "tool_calls", None):
            own["tool_calls"] = [
                _call(call["id"], call["name"], _json(call["args"])) for call in calls
            ]
        if refusal := message.additional_kwargs.get("refusal"):
            own["refusal"] = refusal
        if hasattr(message, "tool_call_id"):
            own["tool_call_id"] = message.tool_call_id
        return own

    def content(self, text_format: str) -> str | list[dict[str, Any]]:
        """The content, as text where it is nothing else."""
        given = self.message.content
        as_string = text_format == "string"
        if not given:
            return "" if as_string else []
        if isinstance(given, str):
            return given if as_string else [{"type": "text", "text": given}]
        blocks: list[dict[str, Any]] = []
        for place, block in enumerate(given):
            if isinstance(block, str):
                blocks.append({"type": "text", "text": block})
            else:
                translated = self.block(block, f"messages[{self.number}].content[{place}]")
                if translated is not None:
                    blocks.append(translated)
        if as_string and all(block["type"] == "text" for block in blocks):
            return "\n".join(block["text"] for block in blocks)
        return blocks

    def block(self, block: dict[str, Any], where: str) -> dict[str, Any] | None:
        """The block in OpenAI's form; None if it is not content but a call or an answer."""
        kind = block.get("type")
        if kind in ("tool_use", "function_call"):
            return self._asked(block, where)
        if kind == "tool_result":
            _need(block, ("content", "tool_use_id"), where)
            self.answers.append(
                {
                    "role": "tool",
                    "content": block["content"],
                    "tool_call_id": block["tool_use_id"],
                    "status": "error" if block.get("is_error") else "success",
                }
            )
            return None
        key = kind if kind in _TRANSLATIONS else next((key for key in _KEYS if key in block), None)
        if key is not None:
            return _TRANSLATIONS[key](block, where)
        if kind in _AS_IS or self.pass_unknown:
            return block
        raise ValueError(f"Unrecognized content block at {where}: {block}")

    def _asked(self, block: dict[str, Any], where: str) -> dict[str, Any] | None:
        """A call among the blocks, noted unless the message has it already."""
        responses = block["type"] == "function_call"  # OpenAI's Responses API
        id_key, args_key = ("call_id", "arguments") if responses else ("id", "input")
        known = getattr(self.message, "tool_calls", ())
        if all(call["id"] != block.get(id_key) for call in known):
            _need(block, (id_key, "name", args_key), where)
            args = block[args_key] if responses else _json(block[args_key])
            self.calls.append(_call(block[id_key], block["name"], args))
        return block if responses and self.pass_unknown else None


_AS_IS = frozenset(("thinking", "reasoning", "input_audio"))


def _need(block: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    missing = [key for key in keys if key not in block]
    if missing:
        raise ValueError(
            f"Unrecognized content block at {where} has 'type': {block.get('type')!r} "
            f"but is missing expected key(s) {missing}. Full content block:\n\n{block}"
        )


def _call(id: Any, name: Any, arguments: Any) -> dict[str, Any]:
    return {"type": "function", "id": id, "function": {"name": name, "arguments": arguments}}


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _picture(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def _base64(data: Any) -> str:
    from base64 import b64encode

    return b64encode(data).decode()


def _text(block: dict[str, Any], where: str) -> dict[str, Any]:
    _need(block, ("text",), where)
    return {"type": "text", "text": block["text"]}


def _image_url(block: dict[str, Any], where: str) -> dict[str, Any]:
    _need(block, ("image_url",), where)
    return {"type": "image_url", "image_url": block["image_url"]}


def _image(block: dict[str, Any], where: str) -> dict[str, Any]:
    source = block.get("source")
    if source:  # Anthropic
        _need(source, ("media_type", "type", "data"), where)
        return _picture(f"data:{source['media_type']};{source['type']},{source['data']}")
    image = block.get("image")
    if image:  # Bedrock
        _need(image, ("source", "format"), where)
        data = _base64(image["source"]["bytes"])
        return _picture(f"data:image/{image['format']};base64,{data}")
    if url := block.get("url"):
        return _picture(url)
    bare = block.get("base64", block.get("data"))
    if bare is None:
        raise ValueError(
            f"Unrecognized content block at {where} has 'type': 'image' but no 'source', 'image', "
            f"'url' or 'base64' key. Full content block:\n\n{block}"
        )
    _need(block, ("mime_type",), where)
    return _picture(f"data:{block['mime_type']};base64,{bare}")


def _file(block: dict[str, Any], where: str) -> dict[str, Any]:
    own: Any = block.get("file")
    if own is not None:  # OpenAI's own form
        named = own.get("filename") is not None or "file_data" not in own
        return block if named else {**block, "file": {**own, "filename": "LC_AUTOGENERATED"}}
    name = block.get("filename") or block.get("extras", {}).get("filename") or "LC_AUTOGENERATED"
    file_id = block.get("file_id") or (block.get("id") if block.get("source_type") else None)
    if file_id:
        return {"type": "file", "file": {"file_id": file_id, "filename": name}}
    _need(block, ("mime_type",), where)
    data = block.get("base64", block.get("data"))
    file = {"file_data": f"data:{block['mime_type']};base64,{data}", "filename": name}
    return {"type": "file", "file": file}


def _audio(block: dict[str, Any], where: str) -> dict[str, Any]:
    _need(block, ("mime_type",), where)
    data = block.get("base64", block.get("data"))
    form = block["mime_type"].rpartition("/")[2]
    return {"type": "input_audio", "input_audio": {"data": data, "format": form}}


def _media(block: dict[str, Any], where: str) -> dict[str, Any]:
    _need(block, ("mime_type", "data"), where)
    if "image" not in block["mime_type"]:
        raise ValueError(
            "OpenAI messages can only support text and image data. "
            f"Received content block with media of type: {block['mime_type']}"
        )
    return _picture(f"data:{block['mime_type']};base64,{_base64(block['data'])}")


def _structured(block: dict[str, Any], where: str) -> dict[str, Any]:
    import json

    _need(block, ("json",), where)
    return {"type": "text", "text": json.dumps(block["json"])}


def _guard(block: dict[str, Any], where: str) -> dict[str, Any]:
    _need(block, ("guard_content",), where)
    text = block["guard_content"].get("text")
    if text is None:
        raise ValueError(f"Unrecognized content block at {where}: no text in {block}")
    return {"type": "text", "text": text["text"] if isinstance(text, dict) else text}


#: Blocks known by a key they have, whatever their type says.
_KEYS = ("image", "json", "guard_content")

#: By a block's type.
_TRANSLATIONS: "dict[str, Callable[[dict[str, Any], str], dict[str, Any]]]" = {
    "text": _text,
    "image_url": _image_url,
    "image": _image,
    "file": _file,
    "audio": _audio,
    "json": _structured,
    "guard_content": _guard,
    "media": _media,
}
