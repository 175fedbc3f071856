"""Any history of commits, forks, loads and in-place changes reads back as a plain model says."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anystep._records import Commit
from anystep.checkpoint._saver import LogSaver
from anystep.checkpoint.memory import InMemorySaver
from anystep.checkpoint.sqlite import SqliteSaver
from anystep.messages import HumanMessage

#: Few channels and values, so that steps collide and repeat.
CHANNELS = st.sampled_from(["a", "b", "c"])
ITEMS = st.one_of(
    st.integers(0, 3),
    st.sampled_from(["x", "y", None, 1.0, True]),
    st.builds(lambda n: {"n": n}, st.integers(0, 2)),
    st.builds(lambda n: {"deep": [n]}, st.integers(0, 2)),
    st.builds(lambda n: HumanMessage(f"m{n}"), st.integers(0, 2)),
)
STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "parent": st.integers(0, 3),  # how far back, 0 for the last
            "load": st.booleans(),  # work on loaded objects rather than on the run's own
            "grow": st.dictionaries(CHANNELS, st.lists(ITEMS, max_size=2), max_size=2),
            "set": st.dictionaries(CHANNELS, st.one_of(ITEMS, st.lists(ITEMS)), max_size=1),
            "last": st.dictionaries(CHANNELS, st.lists(ITEMS, max_size=2), max_size=1),
            "touch": st.sets(CHANNELS, max_size=1),
            "cut": st.sets(CHANNELS, max_size=1),
            "drop": st.sets(CHANNELS, max_size=1),
            "mutate": st.booleans(),
            "full": st.sampled_from([False] * 9 + [True]),
        }
    ),
    max_size=40,
)


class PickleSerializer:
    """Some serializer that knows nothing of lists, and keeps all types."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The object as a pickle."""
        return "pickle", pickle.dumps(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The object."""
        return pickle.loads(data[1])


def mutate(values: dict[str, Any]) -> set[str]:
    """Change the first dict found in a list in place, as careless nodes do; the channel it is in."""
    for channel, value in values.items():
        for item in value if isinstance(value, list) else ():
            if isinstance(item, dict):
                item["n"] = item.get("n", 0) + 1
                return {channel}
    return set()


def step(plan: dict[str, Any], values: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Do to `values` what the plan says; the channels that changed and those that went."""
    changed = mutate(values) if plan["mutate"] else set()
    for channel, items in plan["grow"].items():
        old = values.get(channel)
        values[channel] = [*(old if isinstance(old, list) else []), *items]
        changed.add(channel)
    for channel, items in plan["last"].items():
        if isinstance(values.get(channel), list):
            values[channel] = [*values[channel][:-1], *items]
            changed.add(channel)
    for channel in plan["touch"]:
        value = values.get(channel)
        if isinstance(value, list) and value and isinstance(value[-1], HumanMessage):
            value[-1].content = f"{value[-1].content}!"
            values[channel] = value[:]
            changed.add(channel)
    for channel in plan["cut"]:
        if isinstance(values.get(channel), list):
            values[channel] = values[channel][1:]
            changed.add(channel)
    for channel, value in plan["set"].items():
        values[channel] = copy.deepcopy(value)
        changed.add(channel)
    gone = plan["drop"] & values.keys()
    for channel in gone:
        del values[channel]
    return changed - gone, gone


def check(plans: list[dict[str, Any]], saver: LogSaver) -> None:
    """Run the plans on the saver and on a model that copies everything, and compare."""
    model: list[dict[str, Any]] = [{}]
    versions: list[dict[str, int]] = [{}]
    live: list[dict[str, Any]] = [{}]
    saver.commit(Commit("t", "", "0000", None, 0, "input", -1, {}, {}, {}, (), {}, {}, None))
    for number, plan in enumerate(plans, 1):
        parent = max(0, number - 1 - plan["parent"])
        values = dict(live[parent])
        if plan["load"]:
            found = saver.get_tuple(
                {"configurable": {"thread_id": "t", "checkpoint_id": f"{parent:04}"}}
            )
            assert found is not None
            values = found.checkpoint["channel_values"]
        elif plan["mutate"] or plan["touch"]:
            values = copy.deepcopy(values)  # a fork must not reach into another line's objects
        changed, gone = step(plan, values)
        now = {**versions[parent], **dict.fromkeys(changed | gone, number)}
        expected = {**model[parent], **copy.deepcopy({c: values[c] for c in changed})}
        model.append({c: v for c, v in expected.items() if c not in gone})
        versions.append(now)
        live.append(values)
        full = plan["full"]
        saver.commit(
            Commit(
                "t",
                "",
                f"{number:04}",
                f"{parent:04}",
                number,
                "loop",
                number,
                {},
                {},
                {c: model[-1][c] for c in model[-1]} if full else {c: values[c] for c in changed},
                () if full else tuple(sorted(gone)),
                now if full else dict.fromkeys(changed | gone, number),  # pyright: ignore[reportArgumentType]
                {f"n{number % 3}": {"a": number}},
                tuple(sorted(changed)),
                full=full,
            )
        )
    saver.copy_thread("t", "u")
    kept = {f"{n:04}" for n in range(0, len(model), 2)}
    log = saver._find(("u", ""))
    assert log is not None
    saver._keep(("u", ""), sorted(seq for id, seq in log.ids() if id in kept))
    for thread in ("t", "u"):
        for tuple_ in saver.list({"configurable": {"thread_id": thread}}):
            number = int(tuple_.checkpoint["id"])
            assert repr(model[number]) == repr(
                {c: tuple_.checkpoint["channel_values"][c] for c in model[number]}
            )
            assert model[number].keys() == tuple_.checkpoint["channel_values"].keys()
            assert versions[number] == tuple_.checkpoint["channel_versions"]


@given(STEPS)
@settings(max_examples=150)
def test_the_format_agrees_with_the_model(plans: list[dict[str, Any]]) -> None:
    """With skips every 3 records, so that three levels of them are reached."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("anystep.checkpoint._log.STRIDE", 3)
        check(plans, InMemorySaver())


@given(STEPS)
@settings(max_examples=50)
def test_another_serializer_agrees_with_the_model(plans: list[dict[str, Any]]) -> None:
    """Lists are taken apart for any serializer that keeps what it is given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("anystep.checkpoint._log.STRIDE", 3)
        check(plans, InMemorySaver(serde=PickleSerializer()))


@given(STEPS)
@settings(max_examples=60)
def test_a_database_agrees_with_the_model(plans: list[dict[str, Any]]) -> None:
    """Rows, compressed from the fifth on, say what memory says."""
    with pytest.MonkeyPatch.context() as patch, SqliteSaver.from_conn_string(":memory:") as saver:
        patch.setattr("anystep.checkpoint._log.STRIDE", 3)
        check(plans, saver)
