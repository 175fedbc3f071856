"""Paths into a value, and the texts found there: `a.b[*].c`, `*`, `{x,y.z}`."""

from collections.abc import Iterator, Mapping
from typing import Any

_CLOSING = {"[": "]", "{": "}"}


def tokenize_path(path: str) -> list[str]:
    """The steps of a path: names, `*`, `[index]`, `[*]`, `{name,name}`."""
    tokens: list[str] = []
    name = ""
    place = 0
    while place < len(path):
        character = path[place]
        end = place + 1
        if character in _CLOSING:
            end = _group_end(path, place)
        elif character != ".":
            name += character
        if character in "[{." and name:
            tokens.append(name)
            name = ""
        if character in _CLOSING:
            tokens.append(path[place:end])
        place = end
    return [*tokens, name] if name else tokens


def _group_end(path: str, start: int) -> int:
    opening, closing = path[start], _CLOSING[path[start]]
    depth = 0
    for place in range(start, len(path)):
        depth += (path[place] == opening) - (path[place] == closing)
        if not depth:
            return place + 1
    return len(path)


def get_text_at_path(obj: Any, path: str | list[str]) -> list[str]:
    """The texts at a path (or its tokens) into `obj`; numbers as text, containers as JSON."""
    if isinstance(obj, Mapping):
        obj = {**obj}
    if not path or path == "$":
        return [_json(obj)]
    found = [obj]
    for token in tokenize_path(path) if isinstance(path, str) else path:
        found = [part for value in found for part in _step(value, token)]
    return [text for value in found for text in _texts(value)]


def _step(value: Any, token: str) -> Iterator[Any]:
    if token.startswith("["):
        if isinstance(value, list):
            yield from _items(value, token[1:-1])
    elif token.startswith("{"):
        if isinstance(value, dict):
            for field in token[1:-1].split(","):
                yield from _field(value, tokenize_path(field.strip()))
    elif token == "*":
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
    elif isinstance(value, dict) and token in value:
        yield value[token]


def _items(value: list[Any], index: str) -> Iterator[Any]:
    if index == "*":
        yield from value
        return
    try:
        yield value[int(index)]
    except (ValueError, IndexError):
        return


def _field(value: Any, names: list[str]) -> Iterator[Any]:
    for name in names:
        if not isinstance(value, dict) or name not in value:
            return
        value = value[name]
    if names:
        yield value


def _texts(value: Any) -> list[str]:
    if isinstance(value, (str, int, float)):
        return [str(value)]
    return [_json(value)] if isinstance(value, (list, dict)) else []


def _json(value: Any) -> str:
    import json

    return json.dumps(value, sort_keys=True, ensure_ascii=False)
