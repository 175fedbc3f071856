"""Turning texts into vectors: what an index needs, from whatever the program has."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, cast

__all__ = [
    "AEmbeddingsFunc",
    "Embeddings",
    "EmbeddingsFunc",
    "EmbeddingsLambda",
    "ensure_embeddings",
]

#: Vectors for texts, one for each, all of the same length.
EmbeddingsFunc: TypeAlias = Callable[[Sequence[str]], list[list[float]]]

AEmbeddingsFunc: TypeAlias = Callable[[Sequence[str]], Awaitable[list[list[float]]]]


class Embeddings(ABC):
    """An embedding model. LangChain's `Embeddings` have these methods too and work as well."""

    @abstractmethod
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors for texts that will be searched."""

    @abstractmethod
    def embed_query(self, text: str) -> list[float]:
        """The vector for a text to search with."""

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """As `embed_documents`; calls it unless overridden."""
        return self.embed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        """As `embed_query`; calls it unless overridden."""
        return self.embed_query(text)


class EmbeddingsLambda(Embeddings):
    """A function as an embedding model. An async one can only be used by the `a` methods."""

    def __init__(self, func: EmbeddingsFunc | AEmbeddingsFunc) -> None:
        self._func: Any = func
        self._async = _is_async(func)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Raise ValueError if the function is async."""
        if self._async:
            raise ValueError(
                "EmbeddingsLambda was initialized with an async function but no sync function."
                " Use the store's async methods (aput, asearch; aembed_documents here), or provide"
                " a sync function."
            )
        return cast("list[list[float]]", self._func(texts))

    def embed_query(self, text: str) -> list[float]:
        """Raise ValueError if the function is async."""
        return self.embed_documents([text])[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors for texts that will be searched."""
        if not self._async:
            return self.embed_documents(texts)
        return cast("list[list[float]]", await self._func(texts))

    async def aembed_query(self, text: str) -> list[float]:
        """The vector for a text to search with."""
        return (await self.aembed_documents([text]))[0]


def ensure_embeddings(
    embed: Embeddings | EmbeddingsFunc | AEmbeddingsFunc | str | None,
) -> Embeddings:
    """An embedding model: `embed` itself, a function wrapped, or what "provider:model" names.

    Raises ValueError for None, and for a name if langchain, which knows the providers, is not
    installed.
    """
    if embed is None:
        raise ValueError("embed must be provided")
    if isinstance(embed, str):
        return _named(embed)
    if hasattr(embed, "embed_documents"):
        return cast("Embeddings", embed)
    return EmbeddingsLambda(cast("EmbeddingsFunc", embed))


def _named(name: str) -> Embeddings:
    from importlib import import_module

    try:
        langchain: Any = import_module("langchain.embeddings")
    except ImportError as error:
        raise ValueError(
            f"Could not load embeddings from string {name!r}: that needs langchain and the"
            " provider's package (pip install langchain langchain-openai). An object with"
            " embed_documents and embed_query, or a function, works without."
        ) from error
    return cast("Embeddings", langchain.init_embeddings(name))


def _is_async(func: Any) -> bool:
    from inspect import iscoroutinefunction

    return iscoroutinefunction(func) or iscoroutinefunction(getattr(func, "__call__", None))  # noqa: B004  the method is what is asked about
