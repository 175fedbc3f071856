"""Rules about `commit`: a superstep as one record, relative to the one before.

They ask for what `put` would have stored: whoever reads cannot tell the two apart.
"""

from __future__ import annotations

from typing import Any

from anystep._records import Commit

from ._bench import EPOCH_NS, Bench, Chain, place

__all__ = ["NATIVE"]


class _Line(Chain):
    """A namespace filled by commits."""

    async def commit(self, values: dict[str, Any] | None = None, **changes: Any) -> Commit:
        """Commit a superstep on top of the latest; `changes` replace fields of the record."""
        number = len(self.ids)
        id_ = self.bench.checkpoint_id(number - 1)
        version = number + 1
        names = [*(values or {}), *changes.get("dropped", ())]
        fields: dict[str, Any] = {
            "thread_id": self.thread,
            "ns": self.ns,
            "id": id_,
            "parent_id": self.ids[-1] if self.ids else None,
            "ts": EPOCH_NS + number * 1_000_000_000,
            "source": "loop" if number else "input",
            "step": number - 1,
            "parents": {},
            "metadata": {},
            "values": values or {},
            "dropped": (),
            "versions": dict.fromkeys(names, version),
            "seen": {},
            "updated": tuple(sorted(names)),
            "full": not number,
        }
        record = Commit(**{**fields, **changes})
        await self.bench.face.call("commit", record)
        self.ids.append(id_)
        return record


def _line(bench: Bench) -> _Line:
    return _Line(bench, bench.name("thread"), "")


async def _a_commit_reads_as_a_checkpoint(bench: Bench) -> None:
    """All fields of the LangGraph-shaped checkpoint are there."""
    line = _line(bench)
    await line.commit({"a": 1}, metadata={"run_id": "r"}, parents={"": "p"}, seen={"n": {"x": 1}})
    found = await line.read()

    assert found.checkpoint["id"] == line.ids[0]
    assert found.checkpoint["ts"].startswith("2026-01-01T00:00:00")
    assert found.checkpoint["channel_values"] == {"a": 1}
    assert found.checkpoint["channel_versions"] == {"a": 1}
    assert found.checkpoint["versions_seen"] == {"n": {"x": 1}}
    assert found.checkpoint["updated_channels"] == ["a"]
    said = dict(found.metadata)
    assert said | {"source": "input", "step": -1, "parents": {"": "p"}, "run_id": "r"} == said
    assert found.parent_config is None


async def _commits_add_up(bench: Bench) -> None:
    """Values, versions and what nodes have seen are those before with the changes on top."""
    line = _line(bench)
    await line.commit({"a": 1, "b": 1}, seen={"n": {"a": 1}, "m": {"a": 1}})
    await line.commit({"a": 2}, seen={"n": {"b": 1}})
    await line.commit({"c": 3}, dropped=("b",), seen={"n": {"a": 2}})
    second, third = [(await line.read(id_)).checkpoint for id_ in line.ids[1:]]

    assert second["channel_values"] == {"a": 2, "b": 1}
    assert second["channel_versions"] == {"a": 2, "b": 1}
    assert second["versions_seen"] == {"n": {"a": 1, "b": 1}, "m": {"a": 1}}
    assert third["channel_values"] == {"a": 2, "c": 3}
    assert third["channel_versions"] == {"a": 2, "b": 3, "c": 3}
    assert third["versions_seen"] == {"n": {"a": 2, "b": 1}, "m": {"a": 1}}


async def _a_full_commit_starts_afresh(bench: Bench) -> None:
    """`full` replaces all that was; the parent stays the parent."""
    line = _line(bench)
    await line.commit({"a": 1, "b": 1}, seen={"n": {"a": 1}})
    await line.commit({"b": 2}, full=True)
    found = await line.read()

    assert found.checkpoint["channel_values"] == {"b": 2}
    assert found.checkpoint["versions_seen"] == {}
    assert found.parent_config is not None
    assert place(found.parent_config)["checkpoint_id"] == line.ids[0]


async def _long_lists_keep_their_history(bench: Bench) -> None:
    """Of a list that grew three hundred times, every state is still there."""
    line = _line(bench)
    value: list[Any] = []
    for number in range(300):
        value.append({"n": number})
        await line.commit({"list": value})
    value[0] = "changed"
    await line.commit({"list": value})

    for number in (0, 1, 63, 64, 255, 299):
        found = (await line.read(line.ids[number])).checkpoint["channel_values"]["list"]
        assert found == [{"n": n} for n in range(number + 1)]
    newest = (await line.read()).checkpoint["channel_values"]["list"]
    assert newest == ["changed", *({"n": n} for n in range(1, 300))]


async def _later_changes_to_a_committed_object_do_not_count(bench: Bench) -> None:
    """A commit is encoded before it returns."""
    line = _line(bench)
    value = {"deep": [[1]]}
    await line.commit({"a": value})
    value["deep"][0].append(2)
    await line.commit({"b": 1})

    for id_ in line.ids:
        assert (await line.read(id_)).checkpoint["channel_values"]["a"] == {"deep": [[1]]}


async def _writes_of_a_commit_are_the_parents(bench: Bench) -> None:
    """They are pending on the checkpoint before; an id that was left out is found, always the same."""
    line = _line(bench)
    await line.commit({"a": 1})
    path = ("__pregel_pull", "node")
    pairs = (("a", 2), ("b", [3]))
    await line.commit({"a": 2}, writes=((None, path, ("branch:to:node",), pairs),))
    await line.commit({"a": 3}, writes=(("task-1", path, (), (("a", 3),)),))
    first = (await line.read(line.ids[0])).pending_writes or []
    again = (await line.read(line.ids[0])).pending_writes

    assert [(channel, value) for _, channel, value in first] == [("a", 2), ("b", [3])]
    assert first == again
    assert {len(task) for task, _, _ in first} == {36}
    assert len({task for task, _, _ in first}) == 1
    assert (await line.read(line.ids[1])).pending_writes == [("task-1", "a", 3)]


async def _commits_fork(bench: Bench) -> None:
    """Two commits on one parent know nothing of each other."""
    line = _line(bench)
    await line.commit({"list": [1], "a": 1})
    await line.commit({"list": [1, 2]})
    await line.commit({"list": [1, 3]}, parent_id=line.ids[0])
    found = [(await line.read(id_)).checkpoint["channel_values"] for id_ in line.ids]

    assert found == [{"list": value, "a": 1} for value in ([1], [1, 2], [1, 3])]


async def _a_refused_commit_leaves_nothing(bench: Bench) -> None:
    """A value that cannot be stored raises, and the thread is as before; so does an unknown parent."""
    line = _line(bench)
    await line.commit({"a": 1})
    for values, parent in (({"a": 2, "b": _unstorable}, line.ids[0]), ({"a": 3}, "nobody")):
        refused = False
        try:
            await line.commit(values, parent_id=parent)
        except Exception:  # noqa: BLE001  which error it is, is the saver's affair
            refused = True
        assert refused, f"the commit of {values!r} on {parent!r}"
    await line.commit({"b": 4})

    assert await line.listed() == line.ids[::-1]
    assert (await line.read()).checkpoint["channel_values"] == {"a": 1, "b": 4}


def _unstorable() -> None:
    """A function: nothing to store."""


async def _put_and_commit_mix(bench: Bench) -> None:
    """A thread that one face began the other one continues."""
    line = _line(bench)
    await line.commit({"a": [1], "b": 1})
    line.values, line.versions = {"a": [1], "b": 1}, {"a": 1, "b": 1}
    await line.put({"a": [1, 2]})
    await line.commit({"c": 3}, versions={"c": 9})
    values = [(await line.read(id_)).checkpoint["channel_values"] for id_ in line.ids]

    assert values == [
        {"a": [1], "b": 1},
        {"a": [1, 2], "b": 1},
        {"a": [1, 2], "b": 1, "c": 3},
    ]
    assert await line.listed() == line.ids[::-1]


NATIVE = {
    "native": (
        _a_commit_reads_as_a_checkpoint,
        _commits_add_up,
        _a_full_commit_starts_afresh,
        _long_lists_keep_their_history,
        _later_changes_to_a_committed_object_do_not_count,
        _writes_of_a_commit_are_the_parents,
        _commits_fork,
        _a_refused_commit_leaves_nothing,
        _put_and_commit_mix,
    )
}
