"""Ids are functions of what they identify, and the hash is XXH3-128."""

from __future__ import annotations

from typing import Any

import pytest

from anystep._constants import PULL, PUSH
from anystep._ids import interrupt_id, path_str, task_id, uuid4, uuid6, xxh3_128_hexdigest

pytestmark = pytest.mark.host

#: Length of the input, `bytes((i * 131 + 7) % 251 ...)`, to what the reference library makes of it:
#: both ends of every length class.
DIGESTS = {
    0: "99aa06d3014798d86001c324468d497f",
    1: "495b62073ef70ca44c5cca45d0f4811f",
    2: "f1b5eec902a1eb5e29c60963cbfa4e6e",
    3: "de0de73b78221781d079cb72d5dc8fe3",
    4: "2ec1f0e0927bbd72a7f588a0488a2ce1",
    8: "86352c64c51053a4f169e0e241e43d88",
    9: "2da82c32992eb47cecaf34715ab252db",
    16: "2ea9b26e0de3c1293ad9b09b55ff159d",
    17: "e98962a9feec88ce2aded60943cd42fc",
    32: "8dcf7ed3fd3a8e47991c78c7c6a2557b",
    33: "4c0b7c57bef56fe3f2d97aaed50d43b4",
    64: "fa68cbcaebaaaf6be208ac1527843170",
    65: "5bac047416b9eeebf0d783f4b56e908a",
    96: "d77cad3843de03e8b6f4f95c09890294",
    97: "76be9cf796cc0a11cd4ba5ba9f1ad9e2",
    128: "c2dbaea325ed4288a4623912aab4c938",
    129: "eac1039c6fbf7b8cf316461ff6b978d7",
    159: "e63c0e4dbc56a82375540c2a49d725ff",
    160: "5bd6629d71507b190b87b6b2cb3aae70",
    240: "4536dcb050ba614460a06c4f31468cc3",
    241: "b4125661642a66f9246c5fe4ed1436a3",
    300: "5e023e336b0b8bb6f542031f4ba18a8d",
    1024: "4b8b4d51d1b23ed30b662daec235d4ca",
    1025: "1c489c9ad8646bff13d178f3e2b48e9e",
    2000: "32e41e90dc621a12321726dec8b1b410",
}

CHECKPOINT = "1efd0000-0000-6000-8000-0123456789ab"


@pytest.mark.parametrize(("size", "digest"), DIGESTS.items())
def test_the_hash_is_xxh3_128(size: int, digest: str) -> None:
    """The digest is the reference library's at both ends of every length class."""
    data = bytes((i * 131 + 7) % 251 for i in range(size))

    assert xxh3_128_hexdigest(data) == digest


def test_a_pull_task_is_known_by_its_checkpoint_place_and_triggers() -> None:
    """Changing any one fact changes the id; the order in which triggers are named does not."""

    def pull(**changes: Any) -> str:
        facts: dict[str, Any] = {
            "checkpoint_id": CHECKPOINT,
            "ns": "",
            "step": 1,
            "name": "a",
            "path": (PULL, "a"),
            "triggers": ("branch:to:a", "join:b+c:a"),
        }
        return task_id(**(facts | changes))

    others = {
        pull(checkpoint_id=CHECKPOINT[:-1] + "c"),
        pull(ns="outer"),
        pull(step=2),
        pull(name="b"),
        pull(triggers=("branch:to:a",)),
        pull(path=(PUSH, 0, False)),
        pull(path=(PUSH, 1, False)),
        pull(path=(PUSH, (PULL, "p"), 0, True)),
        pull(path=(PUSH, "node_error_handler", "f", False)),
    }

    assert pull() == "c999eee1-31da-3f6d-2c02-0060d212ca2f"
    assert pull(triggers=("join:b+c:a", "branch:to:a")) == pull()
    assert len(others) == 9
    assert pull() not in others


def test_a_checkpoint_id_that_is_no_uuid_is_taken_as_text() -> None:
    """Savers of other makers may name checkpoints as they like."""
    given: dict[str, Any] = {"ns": "", "step": 0, "name": "a", "path": (PULL, "a"), "triggers": ()}

    assert task_id(checkpoint_id="first!", **given) != task_id(checkpoint_id="second!", **given)


def test_the_first_interrupt_of_a_task_has_the_hash_of_its_namespace() -> None:
    """Later ones are told apart by how many answers there were."""
    ns = "a:0c7b2b9b-5d0f-0a6f-6f3c-3a9a7b6f3d11"

    assert interrupt_id(ns) == xxh3_128_hexdigest(ns.encode())
    assert interrupt_id(ns, 2) == xxh3_128_hexdigest(f"{ns}|2".encode())


def test_paths_sort_in_the_order_writes_are_applied() -> None:
    """Pulled tasks by name, then pushed ones by number."""
    paths = [(PUSH, 10, False), (PUSH, 2, False), (PULL, "b"), (PULL, "a")]

    assert sorted(paths, key=path_str) == list(reversed(paths))
    assert path_str((PUSH, (PULL, "a"), 3, True)) == (
        "~__pregel_push, ~__pregel_pull, a, 0000000003, 0000000001"
    )


def test_checkpoint_ids_sort_by_time_then_step() -> None:
    """The text of a version 6 UUID sorts by the hundred nanoseconds, then by the sequence."""
    now = 1_700_000_000_000_000_000

    ids = [uuid6(now, 1, 5), uuid6(now, 2, 0), uuid6(now + 100, 0, 0), uuid6(now + 10**12, 0, 0)]

    assert sorted(ids) == ids
    assert uuid6(now, 3, 0xABCDEF) == "1ee833b0-4afc-6000-8003-000000abcdef"
    assert uuid6(now, -1, 0)[19:23] == "bfff"


def test_a_random_id_is_a_version_4_uuid() -> None:
    """The version and variant bits are set, the others are the entropy given."""
    assert uuid4(b"\0" * 16) == "00000000-0000-4000-8000-000000000000"
    assert uuid4(b"\xff" * 16) == "ffffffff-ffff-4fff-bfff-ffffffffffff"
