"""What the benchmarks time gives the right result, on either engine, at a small size."""

import asyncio

import pytest
from bench.engine import ENGINES, engine
from bench.scenarios import SCENARIOS


@pytest.mark.parametrize("root", ENGINES)
@pytest.mark.parametrize("name", [n for n in SCENARIOS if not n.startswith("growth")])
def test_scenario(name: str, root: str) -> None:
    """A scenario's own check accepts its result."""
    scenario = SCENARIOS[name]
    work = scenario.build(engine(root), 7, scenario.is_async)

    if scenario.is_async:

        async def once() -> object:
            return await work.call()

        result = asyncio.run(once())
    else:
        result = work.call()

    work.check(result)
