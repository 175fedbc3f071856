"""Rules about listing checkpoints."""

from __future__ import annotations

from ._bench import Bench, Chain, place

__all__ = ["LIST"]


async def _five(bench: Bench) -> Chain:
    """A thread of five checkpoints: an input and four steps."""
    chain = bench.chain()
    for number in range(5):
        await chain.put({"a": number}, metadata={"kind": "even" if number % 2 == 0 else "odd"})
    return chain


async def _newest_first(bench: Bench) -> None:
    """All checkpoints of a thread, by descending id, each whole."""
    chain = await _five(bench)
    found = await chain.history()

    assert [one.checkpoint["id"] for one in found] == chain.ids[::-1]
    assert [one.checkpoint["channel_values"]["a"] for one in found] == [4, 3, 2, 1, 0]
    assert [dict(one.metadata)["step"] for one in found] == [3, 2, 1, 0, -1]
    parents = [one.parent_config for one in found]
    assert [p and place(p)["checkpoint_id"] for p in parents] == [*chain.ids[-2::-1], None]


async def _what_is_listed_can_be_read(bench: Bench) -> None:
    """The config of a listed checkpoint addresses it."""
    chain = await _five(bench)
    for one in await chain.history():
        found = await bench.face.get_tuple(one.config)

        assert found is not None
        assert found.checkpoint == one.checkpoint


async def _limit_and_before(bench: Bench) -> None:
    """`limit` is how many at most, `before` means older than that one; both page through."""
    chain = await _five(bench)

    assert await chain.listed(limit=2) == chain.ids[:-3:-1]
    assert await chain.listed(limit=99) == chain.ids[::-1]
    assert await chain.listed(before=chain.config(chain.ids[2])) == chain.ids[1::-1]
    assert await chain.listed(before=chain.config(chain.ids[3]), limit=2) == chain.ids[2:0:-1]
    assert await chain.listed(before=chain.config(chain.ids[0])) == []


async def _filters_compare_metadata(bench: Bench) -> None:
    """Every key of the filter must be there and equal; limits count what is left."""
    chain = await _five(bench)
    even, odd = chain.ids[::-2], chain.ids[-2::-2]

    assert await chain.listed(filter={"kind": "even"}) == even
    assert await chain.listed(filter={"kind": "odd"}) == odd
    assert await chain.listed(filter={"kind": "even"}, limit=2) == even[:2]
    assert await chain.listed(filter={"source": "loop", "step": 2}) == [chain.ids[3]]
    assert await chain.listed(filter={"source": "input"}) == [chain.ids[0]]
    assert await chain.listed(filter={"source": "input", "step": 2}) == []
    assert await chain.listed(filter={"nothing": 1}) == []


async def _one_thread_at_a_time(bench: Bench) -> None:
    """Other threads are not listed; an unknown one is empty."""
    chain, other = await _five(bench), await _five(bench)

    assert await chain.listed() == chain.ids[::-1]
    assert await other.listed() == other.ids[::-1]
    assert await bench.chain().listed() == []


async def _a_namespace_or_all(bench: Bench) -> None:
    """A config with a namespace lists that one, a config without lists all of the thread."""
    root = await _five(bench)
    child = bench.chain(root.thread, "child:1")
    await child.put({"a": 1})
    everything = await bench.face.list({"configurable": {"thread_id": root.thread}})

    assert await root.listed() == root.ids[::-1]
    assert await child.listed() == child.ids
    assert {one.checkpoint["id"] for one in everything} == {*root.ids, *child.ids}


async def _without_a_config_all_threads(bench: Bench) -> None:
    """None lists everything there is, these threads among it."""
    chain, other = await _five(bench), await _five(bench)
    found = {one.checkpoint["id"] for one in await bench.face.list(None)}

    assert {*chain.ids, *other.ids} <= found


async def _pending_writes_are_listed(bench: Bench) -> None:
    """A listed checkpoint has the writes of the tasks that ran on it."""
    chain = await _five(bench)
    await chain.write([("a", "x")], "task-1", id_=chain.ids[1])
    writes = [one.pending_writes for one in await chain.history()]

    assert writes[3] == [("task-1", "a", "x")]
    assert not any(writes[:3] + writes[4:])


LIST = {
    "list": (
        _newest_first,
        _what_is_listed_can_be_read,
        _limit_and_before,
        _filters_compare_metadata,
        _one_thread_at_a_time,
        _a_namespace_or_all,
        _without_a_config_all_threads,
        _pending_writes_are_listed,
    )
}
