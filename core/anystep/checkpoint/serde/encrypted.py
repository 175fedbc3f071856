"""Encryption of everything a serializer writes."""

from typing import Any

from anystep.checkpoint.serde.base import CipherProtocol, SerializerProtocol

__all__ = ["EncryptedSerializer"]

_KEY_VARIABLE = "LANGGRAPH_AES_KEY"


class EncryptedSerializer(SerializerProtocol):
    """Encrypts what `serde` (default: `JsonPlusSerializer`) wrote.

    The cipher's name is added to the type, as in "msgpack+aes". Data whose type names no cipher
    is read as it is, so that encryption can be turned on for a store that has data already.
    """

    def __init__(self, cipher: CipherProtocol, serde: SerializerProtocol | None = None) -> None:
        self.cipher = cipher
        self.serde = serde or _default()

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """`obj` as (type, ciphertext)."""
        kind, data = self.serde.dumps_typed(obj)
        cipher, ciphertext = self.cipher.encrypt(data)
        return f"{kind}+{cipher}", ciphertext

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The object. Raises what the cipher raises for data it did not encrypt."""
        kind, payload = data
        kind, encrypted, cipher = kind.partition("+")
        if encrypted:
            payload = self.cipher.decrypt(cipher, payload)
        return self.serde.loads_typed((kind, payload))

    def with_allowlist(self, extra: Any) -> "EncryptedSerializer":
        """This serializer, the one inside with a longer allow-list; itself if that is the same."""
        from anystep.checkpoint.base._saver import allow

        serde = allow(self.serde, extra)
        return self if serde is self.serde else EncryptedSerializer(self.cipher, serde)

    @classmethod
    def from_pycryptodome_aes(
        cls, serde: SerializerProtocol | None = None, **kwargs: Any
    ) -> "EncryptedSerializer":
        """AES by pycryptodome; EAX mode unless `mode` says otherwise.

        The key, of 16, 24 or 32 bytes, is `key` or the environment's LANGGRAPH_AES_KEY. Raises
        ImportError without pycryptodome, ValueError without a key.
        """
        from importlib import import_module

        try:
            aes: Any = import_module("Crypto.Cipher.AES")
        except ImportError as error:
            raise ImportError(
                "AES encryption needs pycryptodome. Install it with: pip install 'anystep[encryption]'"
            ) from error
        key = kwargs.pop("key", None) or _key_from_environment()
        if kwargs.get("mode") is None:
            kwargs["mode"] = aes.MODE_EAX
        return cls(_PycryptodomeAes(aes, key, kwargs), serde)


class _PycryptodomeAes:
    """AES as LangGraph's: 16 bytes of nonce, 16 of tag, then the ciphertext."""

    def __init__(self, aes: Any, key: bytes, arguments: dict[str, Any]) -> None:
        self._aes = aes
        self._key = key
        self._arguments = arguments

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        cipher = self._aes.new(self._key, **self._arguments)
        ciphertext, tag = cipher.encrypt_and_digest(plaintext)
        return "aes", cipher.nonce + tag + ciphertext

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        if ciphername != "aes":
            raise AssertionError(f"Unsupported cipher: {ciphername}")  # LangGraph's error
        nonce, tag, data = ciphertext[:16], ciphertext[16:32], ciphertext[32:]
        cipher = self._aes.new(self._key, **self._arguments, nonce=nonce)
        plaintext: bytes = cipher.decrypt_and_verify(data, tag)
        return plaintext


def _key_from_environment() -> bytes:
    import os

    text = os.environ.get(_KEY_VARIABLE)
    if text is None:
        raise ValueError(f"{_KEY_VARIABLE} environment variable is not set.")
    key = text.encode()
    if len(key) not in (16, 24, 32):
        raise ValueError(f"{_KEY_VARIABLE} must be 16, 24, or 32 bytes long.")
    return key


def _default() -> SerializerProtocol:
    from anystep.checkpoint.serde.jsonplus import JsonPlusSerializer

    return JsonPlusSerializer()
