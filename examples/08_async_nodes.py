"""Async nodes: coroutines as nodes, awaited side by side.

`ainvoke` and `astream` are the twins of `invoke` and `stream`. Nodes of one superstep wait at
the same time, and the order in which they finish changes nothing about the result: their writes
are applied by name. Plain functions may stand beside coroutines.

Prints:

    archive starts
    catalogue starts
    catalogue is done
    archive is done
    {'found': ['a letter in the archive', 'a book'], 'shortest': 'a book'}
"""

import asyncio
import operator
from typing import Annotated, TypedDict

from anystep.graph import END, START, StateGraph


class Search(TypedDict, total=False):
    """What was found."""

    found: Annotated[list[str], operator.add]
    shortest: str


class Library:
    """Two searches, of which one waits for the other: they must run side by side."""

    def __init__(self) -> None:
        self.catalogue_done = asyncio.Event()

    async def archive(self, state: Search) -> Search:
        """Starts first and is done last."""
        print("archive starts")
        await self.catalogue_done.wait()
        print("archive is done")
        return {"found": ["a letter in the archive"]}

    async def catalogue(self, state: Search) -> Search:
        """Waits for nobody."""
        print("catalogue starts")
        self.catalogue_done.set()
        print("catalogue is done")
        return {"found": ["a book"]}


def choose(state: Search) -> Search:
    """A plain function."""
    return {"shortest": min(state["found"], key=len)}


async def search() -> None:
    """Both at once, then the choice."""
    library = Library()
    builder = StateGraph(Search)
    builder.add_node("archive", library.archive)
    builder.add_node("catalogue", library.catalogue)
    builder.add_node("choose", choose)
    builder.add_edge(START, "archive")
    builder.add_edge(START, "catalogue")
    builder.add_edge(["archive", "catalogue"], "choose")
    builder.add_edge("choose", END)

    print(await builder.compile().ainvoke({"found": []}))


def main() -> None:
    """Start a loop and search."""
    asyncio.run(search())


if __name__ == "__main__":
    main()
