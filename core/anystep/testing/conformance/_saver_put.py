"""Rules about storing checkpoints and reading them back."""

from __future__ import annotations

from typing import Any

from ._bench import Bench, place

__all__ = ["PUT"]


async def _put_returns_the_address(bench: Bench) -> None:
    """`put` returns thread, namespace and id of what it stored."""
    chain = bench.chain()
    returned = (await chain.put({"a": 1}))["configurable"]

    assert returned["thread_id"] == chain.thread
    assert returned.get("checkpoint_ns", "") == ""
    assert returned["checkpoint_id"] == chain.ids[0]


async def _a_checkpoint_reads_back(bench: Bench) -> None:
    """Every field of a checkpoint comes back as it was put."""
    chain = bench.chain()
    chain.seen = {"node": {"a": 1}, "__input__": {}}
    await chain.put({"a": 1, "b": "two"})
    found = (await chain.read()).checkpoint

    assert found["id"] == chain.ids[0]
    assert found["v"] == 4
    assert found["ts"].startswith("2026-01-01T00:00:01")
    assert found["channel_values"] == {"a": 1, "b": "two"}
    assert found["channel_versions"] == chain.versions
    assert found["versions_seen"] == chain.seen
    assert found["updated_channels"] == ["a", "b"]


async def _values_keep_their_type(bench: Bench) -> None:
    """None, numbers, text, bytes, lists and dicts come back equal and of the same type."""
    values: dict[str, Any] = {
        "none": None,
        "true": True,
        "int": -(2**40),
        "float": 0.1,
        "text": "zwölf \N{OLD KEY} \0",
        "bytes": b"\x00\xff",
        "empty": [],
        "deep": {"a": [{"b": [1, 2.5, "x", None]}], "": {}},
    }
    chain = bench.chain()
    await chain.put(values)
    found = (await chain.read()).checkpoint["channel_values"]

    assert found == values
    assert {k: type(v) for k, v in found.items()} == {k: type(v) for k, v in values.items()}


async def _metadata_reads_back(bench: Bench) -> None:
    """Source, step, parents and what a user added are there."""
    chain = bench.chain()
    said = {"source": "update", "step": 7, "parents": {"": "x"}, "run_id": "r", "mine": "yes"}
    await chain.put({"a": 1}, metadata=said)

    assert dict((await chain.read()).metadata) | said == dict((await chain.read()).metadata)


async def _the_parent_is_known(bench: Bench) -> None:
    """The first checkpoint has no parent, every other the one it was put on."""
    chain = bench.chain()
    for number in range(3):
        await chain.put({"a": number})

    assert (await chain.read(chain.ids[0])).parent_config is None
    for above, id_ in zip(chain.ids, chain.ids[1:], strict=False):
        parent = (await chain.read(id_)).parent_config
        assert parent is not None
        assert place(parent)["checkpoint_id"] == above
        assert place(parent)["thread_id"] == chain.thread


async def _the_latest_is_found_without_an_id(bench: Bench) -> None:
    """A config without an id addresses the newest checkpoint, and says which that is."""
    chain = bench.chain()
    for number in range(3):
        await chain.put({"a": number})
    found = await chain.read()

    assert found.checkpoint["id"] == chain.ids[-1]
    assert place(found.config)["checkpoint_id"] == chain.ids[-1]
    assert place(found.config)["thread_id"] == chain.thread
    assert place(found.config).get("checkpoint_ns", "") == ""


async def _any_checkpoint_is_found_by_its_id(bench: Bench) -> None:
    """Later checkpoints change nothing about earlier ones."""
    chain = bench.chain()
    for number in range(5):
        await chain.put({"a": number, f"b{number}": number})

    for number, id_ in enumerate(chain.ids):
        values = (await chain.read(id_)).checkpoint["channel_values"]
        assert values == {"a": number, **{f"b{n}": n for n in range(number + 1)}}


async def _what_is_not_there_is_none(bench: Bench) -> None:
    """An unknown thread, namespace or id is no error."""
    chain = bench.chain()
    await chain.put({"a": 1})

    for other in (bench.chain(), bench.chain(chain.thread, "other")):
        assert await bench.face.get_tuple(other.config()) is None
    assert await bench.face.get_tuple(chain.config(bench.checkpoint_id(9))) is None


async def _unchanged_channels_stay(bench: Bench) -> None:
    """A channel that is not among the new versions keeps the value it had."""
    chain = bench.chain()
    await chain.put({"a": [1], "b": "kept"})
    await chain.put({"a": [1, 2]})
    await chain.put({"c": 3})

    assert (await chain.read()).checkpoint["channel_values"] == {"a": [1, 2], "b": "kept", "c": 3}


async def _emptied_channels_are_gone(bench: Bench) -> None:
    """A channel whose new version has no value is not in the values, and may come back."""
    chain = bench.chain()
    await chain.put({"a": 1, "b": 2})
    await chain.put(dropped=["a"])
    await chain.put({"a": 3})

    assert (await chain.read(chain.ids[1])).checkpoint["channel_values"] == {"b": 2}
    assert (await chain.read(chain.ids[2])).checkpoint["channel_values"] == {"a": 3, "b": 2}


async def _growing_lists_keep_their_history(bench: Bench) -> None:
    """Every checkpoint shows the list as it was, however it changed."""
    chain = bench.chain()
    lists = [["a"], ["a", "b"], ["a", "b", "c"], ["c"], [], ["x", "b", "c", "d"]]
    for value in lists:
        await chain.put({"list": list(value)})

    for id_, value in zip(chain.ids, lists, strict=True):
        assert (await chain.read(id_)).checkpoint["channel_values"]["list"] == value


async def _later_changes_to_an_object_do_not_count(bench: Bench) -> None:
    """What was put is what it was then, though the caller goes on changing it."""
    chain = bench.chain()
    value: dict[str, Any] = {"items": [1], "deep": {"x": [2]}}
    metadata: dict[str, Any] = {"tags": ["old"]}
    await chain.put({"a": value}, metadata=metadata)
    value["items"].append(9)
    value["deep"]["x"].clear()
    metadata["tags"].append("new")
    found = await chain.read()

    assert found.checkpoint["channel_values"]["a"] == {"items": [1], "deep": {"x": [2]}}
    assert dict(found.metadata)["tags"] == ["old"]


async def _changes_to_what_was_read_do_not_count(bench: Bench) -> None:
    """Every reader gets objects of its own."""
    chain = bench.chain()
    await chain.put({"a": {"items": [1]}})
    (await chain.read()).checkpoint["channel_values"]["a"]["items"].append(9)

    assert (await chain.read()).checkpoint["channel_values"]["a"] == {"items": [1]}


async def _forks_share_what_came_before(bench: Bench) -> None:
    """Two checkpoints on one parent know nothing of each other."""
    chain = bench.chain()
    await chain.put({"a": 1, "list": [1]})
    await chain.put({"a": 2, "list": [1, 2]})
    chain.values = {"a": 1, "list": [1]}
    await chain.put({"a": 3, "list": [1, 3]}, parent=chain.ids[0])
    first, second = [(await chain.read(id_)) for id_ in chain.ids[1:]]

    assert first.checkpoint["channel_values"] == {"a": 2, "list": [1, 2]}
    assert second.checkpoint["channel_values"] == {"a": 3, "list": [1, 3]}
    assert second.parent_config is not None
    assert place(second.parent_config)["checkpoint_id"] == chain.ids[0]


async def _namespaces_and_threads_are_separate(bench: Bench) -> None:
    """The same channel of another namespace or thread is another channel."""
    root = bench.chain()
    others = [bench.chain(root.thread, "child:1"), bench.chain(root.thread, "child:1|leaf:2")]
    others.append(bench.chain())
    await root.put({"a": "root"})
    for number, other in enumerate(others):
        await other.put({"a": number})

    assert (await root.read()).checkpoint["channel_values"] == {"a": "root"}
    for number, other in enumerate(others):
        found = await other.read()
        assert found.checkpoint["channel_values"] == {"a": number}
        assert place(found.config).get("checkpoint_ns", "") == other.ns


async def _versions_grow(bench: Bench) -> None:
    """The next version is greater than the current one, a hundred times over."""
    version = bench.saver.get_next_version(None, None)
    for _ in range(100):
        current, version = version, bench.saver.get_next_version(version, None)
        assert version > current


PUT = {
    "put": (
        _put_returns_the_address,
        _a_checkpoint_reads_back,
        _values_keep_their_type,
        _metadata_reads_back,
        _the_parent_is_known,
        _unchanged_channels_stay,
        _emptied_channels_are_gone,
        _growing_lists_keep_their_history,
        _later_changes_to_an_object_do_not_count,
        _forks_share_what_came_before,
        _namespaces_and_threads_are_separate,
        _versions_grow,
    ),
    "get_tuple": (
        _the_latest_is_found_without_an_id,
        _any_checkpoint_is_found_by_its_id,
        _what_is_not_there_is_none,
        _changes_to_what_was_read_do_not_count,
    ),
}
