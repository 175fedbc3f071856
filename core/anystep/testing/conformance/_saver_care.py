"""Rules about deleting, copying and pruning."""

from __future__ import annotations

from typing import Any

from ._bench import Bench, Chain, place

__all__ = ["CARE"]


async def _thread(bench: Bench, *runs: str) -> tuple[Chain, Chain]:
    """A thread with a root and a child namespace, three checkpoints and writes in each."""
    root = bench.chain()
    child = bench.chain(root.thread, "child:1")
    for chain in (root, child):
        for number in range(3):
            run = runs[number % len(runs)] if runs else "run"
            await chain.put({"n": number, "list": list(range(number))}, metadata={"run_id": run})
            await chain.write([("n", number)], f"task-{number}")
    return root, child


async def _content(chain: Chain) -> list[Any]:
    """Everything about a namespace but the name of its thread."""
    return [
        (one.checkpoint, dict(one.metadata), one.pending_writes, _parent(one.parent_config))
        for one in await chain.history()
    ]


def _parent(config: Any) -> Any:
    return config and place(config)["checkpoint_id"]


# -- delete_thread -------------------------------------------------------------------


async def _a_deleted_thread_is_gone(bench: Bench) -> None:
    """All its namespaces and writes; other threads stay, and the name can be used again."""
    root, child = await _thread(bench)
    other, _ = await _thread(bench)
    before = await _content(other)
    await bench.face.call("delete_thread", root.thread)

    for chain in (root, child):
        assert await chain.listed() == []
        assert await bench.face.get_tuple(chain.config()) is None
        assert await bench.face.get_tuple(chain.config(chain.ids[0])) is None
    assert await _content(other) == before
    again = bench.chain(root.thread)
    await again.put({"a": 1})
    assert not (await again.read()).pending_writes
    assert await again.listed() == again.ids


async def _deleting_nothing_is_no_error(bench: Bench) -> None:
    """An unknown thread can be deleted, and nothing is lost by it."""
    root, _ = await _thread(bench)
    await bench.face.call("delete_thread", bench.name("thread"))

    assert await root.listed() == root.ids[::-1]


# -- delete_for_runs -----------------------------------------------------------------


async def _a_deleted_run_is_gone(bench: Bench) -> None:
    """Its checkpoints in every thread and namespace; those of other runs still read the same."""
    gone, kept = bench.name("run"), bench.name("run")
    root, child = await _thread(bench, kept, gone, kept)
    before = [await _content(chain) for chain in (root, child)]
    await bench.face.call("delete_for_runs", [gone])

    for chain, content in zip((root, child), before, strict=True):
        found = await _content(chain)
        assert [one[:3] for one in found] == [content[0][:3], content[2][:3]]
        assert await bench.face.get_tuple(chain.config(chain.ids[1])) is None


async def _several_runs_or_none(bench: Bench) -> None:
    """A list of runs is deleted together; an empty list and unknown runs are no error."""
    runs = [bench.name("run") for _ in range(3)]
    root, _ = await _thread(bench, *runs)
    await bench.face.call("delete_for_runs", [])
    await bench.face.call("delete_for_runs", [bench.name("run")])
    assert len(await root.listed()) == 3
    await bench.face.call("delete_for_runs", runs[:2])

    assert await root.listed() == root.ids[2:]


# -- copy_thread ---------------------------------------------------------------------


async def _a_copy_is_whole(bench: Bench) -> None:
    """All checkpoints, namespaces, metadata and writes; the source stays as it was."""
    source = await _thread(bench)
    before = [await _content(chain) for chain in source]
    target = bench.name("thread")
    await bench.face.call("copy_thread", source[0].thread, target)

    for chain, content in zip(source, before, strict=True):
        copied = bench.chain(target, chain.ns)
        assert await _content(copied) == content
        assert await _content(chain) == content
        found = await copied.read()
        assert place(found.config)["thread_id"] == target
        assert found.parent_config is not None
        assert place(found.parent_config)["thread_id"] == target


async def _a_copy_goes_its_own_way(bench: Bench) -> None:
    """What happens to one thread afterwards does not happen to the other."""
    root, _ = await _thread(bench)
    before = await _content(root)
    target = bench.name("thread")
    await bench.face.call("copy_thread", root.thread, target)
    copied = bench.chain(target)
    copied.values, copied.versions = dict(root.values), dict(root.versions)
    copied.ids = list(root.ids)
    await copied.put({"n": "copy"})
    assert await _content(root) == before
    await bench.face.call("delete_thread", root.thread)

    assert (await copied.read()).checkpoint["channel_values"]["n"] == "copy"
    assert len(await copied.listed()) == 4


# -- prune ---------------------------------------------------------------------------


async def _pruning_keeps_the_latest(bench: Bench) -> None:
    """Of each namespace the newest checkpoint stays, with its values and writes."""
    root, child = await _thread(bench)
    other, _ = await _thread(bench)
    before = [(await _content(chain))[0] for chain in (root, child)]
    untouched = await _content(other)
    await bench.face.call("prune", [root.thread])

    for chain, newest in zip((root, child), before, strict=True):
        found = await _content(chain)
        assert [one[:3] for one in found] == [newest[:3]]
        assert await bench.face.get_tuple(chain.config(chain.ids[0])) is None
    assert await _content(other) == untouched


async def _a_pruned_thread_goes_on(bench: Bench) -> None:
    """The next checkpoint stands on the one that stayed."""
    root, _ = await _thread(bench)
    await bench.face.call("prune", [root.thread], strategy="keep_latest")
    await root.put({"list": [0, 1, 2]})
    found = await root.read()

    assert found.checkpoint["channel_values"] == {"n": 2, "list": [0, 1, 2]}
    assert _parent(found.parent_config) == root.ids[2]


async def _pruning_can_delete(bench: Bench) -> None:
    """The strategy "delete" leaves nothing of the threads named; nothing to do is no error."""
    root, child = await _thread(bench)
    await bench.face.call("prune", [])
    await bench.face.call("prune", [bench.name("thread")])
    await bench.face.call("prune", [root.thread], strategy="delete")

    assert await root.listed() == await child.listed() == []


CARE = {
    "delete_thread": (_a_deleted_thread_is_gone, _deleting_nothing_is_no_error),
    "delete_for_runs": (_a_deleted_run_is_gone, _several_runs_or_none),
    "copy_thread": (_a_copy_is_whole, _a_copy_goes_its_own_way),
    "prune": (_pruning_keeps_the_latest, _a_pruned_thread_goes_on, _pruning_can_delete),
}
