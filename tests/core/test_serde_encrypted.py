"""Encryption sees everything a saver stores of a value, and old plain data stays readable."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from anystep._records import Commit
from anystep.checkpoint.memory import InMemorySaver
from anystep.checkpoint.serde.base import SerializerCompat, maybe_add_typed_methods
from anystep.checkpoint.serde.encrypted import EncryptedSerializer
from anystep.checkpoint.serde.jsonplus import JsonPlusSerializer
from anystep.checkpoint.serde.msgpack import MsgpackSerializer

pytestmark = pytest.mark.host


class Xor:
    """A cipher nobody should use."""

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        """Every byte with its bits turned."""
        return "xor", bytes(byte ^ 0xFF for byte in plaintext)

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        """The same again."""
        assert ciphername == "xor"
        return bytes(byte ^ 0xFF for byte in ciphertext)


def test_what_was_encrypted_is_decrypted() -> None:
    """The type names the cipher; a type that names none is read as plain data."""
    serde = EncryptedSerializer(Xor())
    kind, data = serde.dumps_typed({"secret": (1,)})

    assert "msgpack+xor" == kind
    assert b"secret" not in data
    assert {"secret": [1]} == serde.loads_typed((kind, data))
    assert ["plain"] == serde.loads_typed(JsonPlusSerializer().dumps_typed(["plain"]))
    ours = EncryptedSerializer(Xor(), MsgpackSerializer())
    assert {"secret": (1,)} == ours.loads_typed(ours.dumps_typed({"secret": (1,)}))


def test_a_saver_stores_nothing_readable() -> None:
    """Whole values, the ends of lists, small texts and task writes are all encrypted."""
    saver = InMemorySaver(serde=EncryptedSerializer(Xor(), MsgpackSerializer()))
    xs: list[Any] = []
    for number in range(70):
        xs = [*xs, f"secret{number}"]
        writes = ((f"t{number}", ("__pregel_pull", "a"), (), (("s", "secret"), ("xs", xs[-1:]))),)
        saver.commit(
            Commit(
                "t",
                "",
                f"{number:02}",
                f"{number - 1:02}" if number else None,
                number,
                "loop",
                number,
                {},
                {"user": "secret"},
                {"xs": xs, "s": "secret"},
                (),
                {"xs": number, "s": number},
                {},
                None,
                writes if number else (),
            )
        )
    found = saver.get_tuple({"configurable": {"thread_id": "t"}})
    before = saver.get_tuple({"configurable": {"thread_id": "t", "checkpoint_id": "68"}})

    assert found is not None
    assert before is not None
    assert {"xs": xs, "s": "secret"} == found.checkpoint["channel_values"]
    assert [("t69", "s", "secret"), ("t69", "xs", ["secret69"])] == before.pending_writes
    assert b"secret" not in b"".join(saver._logs["t", ""].records)
    # One item a step, and the same again in the skip at step 64.
    assert sum(map(len, saver._logs["t", ""].records)) < 70 * 500


def test_the_allow_list_reaches_the_serializer_inside() -> None:
    """A saver's longer list is the inner serializer's."""
    serde = EncryptedSerializer(Xor(), MsgpackSerializer())
    longer = serde.with_allowlist([("collections", "UserString")])

    assert longer is not serde
    assert longer is longer.with_allowlist([("collections", "UserString")])


def test_aes_names_what_to_install_and_where_the_key_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both errors come when the serializer is made, not when it is used."""
    monkeypatch.setitem(sys.modules, "Crypto.Cipher.AES", None)

    with pytest.raises(ImportError, match=r"anystep\[encryption\]"):
        EncryptedSerializer.from_pycryptodome_aes(key=b"0" * 16)


def test_an_untyped_serializer_gets_typed_methods() -> None:
    """Modules like json and pickle are serializers of the old kind."""
    import json

    class Json:
        def dumps(self, obj: Any) -> bytes:
            return json.dumps(obj).encode()

        def loads(self, data: bytes) -> Any:
            return json.loads(data)

    serde = maybe_add_typed_methods(Json())

    assert isinstance(serde, SerializerCompat)
    assert ("list", b"[1]") == serde.dumps_typed([1])
    assert [1] == serde.loads_typed(("list", b"[1]"))
    assert serde is maybe_add_typed_methods(serde)
