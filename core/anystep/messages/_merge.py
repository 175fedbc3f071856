"""How streamed pieces of messages join: text is appended, structures are merged by key and index."""

from typing import Any

Content = str | list[str | dict[str, Any]]

# Strings that identify rather than grow: equal ones stay, they are not doubled.
_IDENTITIES = frozenset(("id", "model_provider", "output_version"))
# Numbers that say where or when: the later one counts, they are not summed.
_LAST_WINS = frozenset(("created", "index", "timestamp"))


def merge_content(first: Content, *others: Content) -> Content:
    """One content from the pieces' contents, in order."""
    merged: Content = first.copy() if isinstance(first, list) else first
    for other in others:
        if isinstance(merged, str):
            merged = merged + other if isinstance(other, str) else [merged, *other]
        elif isinstance(other, list):
            merged = merge_lists(merged, other) or []
        elif merged and isinstance(merged[-1], str):
            merged[-1] += other
        elif other:
            merged.append(other)
    return merged


def merge_dicts(left: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """Merge key by key: strings and numbers add up, None yields, nested structures merge.

    Raises TypeError for values of different types, or of a type that has no way to be added.
    """
    merged = left.copy()
    for other in others:
        for key, value in other.items():
            merged[key] = _merge_values(key, merged[key], value) if key in merged else value
    return merged


def _merge_values(key: str, old: Any, new: Any) -> Any:
    if new is None or old is None:
        return old if new is None else new
    if type(old) is not type(new):
        raise TypeError(
            f"Cannot merge {key!r}: {type(old).__name__} in one piece of the message, "
            f"{type(new).__name__} in another"
        )
    if isinstance(old, str):
        is_block_index = key == "index" and old.startswith("lc_")
        return old if is_block_index or (key in _IDENTITIES and old == new) else old + new
    mapping: dict[str, Any] = old
    items: list[Any] = old
    if isinstance(old, dict):
        return merge_dicts(mapping, new)
    if isinstance(old, list):
        return merge_lists(items, new)
    if old == new:
        return old
    if isinstance(old, int) and not isinstance(old, bool):
        return new if key in _LAST_WINS else old + new
    raise TypeError(f"Cannot merge {key!r}: two different values of type {type(old).__name__}")


def merge_lists(left: list[Any] | None, *others: list[Any] | None) -> list[Any] | None:
    """Append the items, except that dicts with the same `index` are merged into one."""
    merged = None if left is None else left.copy()
    for other in others:
        if other is None:
            continue
        if merged is None:
            merged = other.copy()
            continue
        for item in other:
            place = _place(merged, item)
            if place is None:
                merged.append(item)
            else:
                merged[place] = merge_dicts(merged[place], _addition(merged[place], item))
    return merged


def _place(merged: list[Any], item: Any) -> int | None:
    """Where the item that `item` continues is, if there is one."""
    new: dict[str, Any] = item
    if not isinstance(item, dict):
        return None
    index = new.get("index")
    if not isinstance(index, int) and not (isinstance(index, str) and index.startswith("lc_")):
        return None
    for place, old in enumerate(merged):
        there: dict[str, Any] = old
        if isinstance(old, dict) and there.get("index") == index:
            ids = (there.get("id") or None, new.get("id") or None)
            if None in ids or ids[0] == ids[1]:
                return place
    return None


def _addition(old: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """What of `item` is new beside `old`: its type was said before."""
    if old.get("type") and item.get("type") == "non_standard" and "value" in item:
        value = {key: part for key, part in item["value"].items() if key != "type"}
        if old["type"] != "non_standard":
            return {"extras": value}
        return {"value": value, "index": item["index"]}
    return {key: part for key, part in item.items() if key != "type"}


def merge_objects(left: Any, right: Any) -> Any:
    """Merge two artifacts: text, dicts and lists join, None yields, equal ones stay.

    Raises TypeError for different types, ValueError for two values with no way to be joined.
    """
    if left is None or right is None:
        return right if left is None else left
    if type(left) is not type(right):
        raise TypeError(f"Cannot merge {type(left).__name__} with {type(right).__name__}")
    if isinstance(left, str):
        return left + right
    mapping: dict[str, Any] = left
    items: list[Any] = left
    if isinstance(left, dict):
        return merge_dicts(mapping, right)
    if isinstance(left, list):
        return merge_lists(items, right)
    if left == right:
        return left
    raise ValueError(f"Cannot merge {left!r} with {right!r}: neither text, dicts, lists nor equal")
