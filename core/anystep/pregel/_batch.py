"""Several inputs at once: `batch` and `abatch`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._running import Running

    Graph = Running[Any, Any, Any, Any]


def configs_for(config: Any, count: int) -> list[Any]:
    """One config for each input.

    Raises: `ValueError` for a list of another length.
    """
    if not isinstance(config, list):
        return [config] * count
    if len(config) != count:
        raise ValueError(
            f"config must be a list of the same length as inputs, but got {len(config)} configs "
            f"for {count} inputs"
        )
    return config


def batch(
    graph: Graph, inputs: Sequence[Any], config: Any, keep: bool, options: dict[str, Any]
) -> list[Any]:
    """Run `graph` on each input; with `keep` errors are results."""
    from anystep.host import current_host

    configs = configs_for(config, len(inputs))

    def run(given: Any, own: Any) -> Any:
        try:
            return graph.invoke(given, own, **options)
        except Exception as error:
            if keep:
                return error
            raise

    if len(inputs) < 2 or not current_host().threads:
        return [run(given, own) for given, own in zip(inputs, configs, strict=True)]
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    with ThreadPoolExecutor(max_workers=_limit(configs)) as pool:
        runs = [
            pool.submit(copy_context().run, run, given, own)
            for given, own in zip(inputs, configs, strict=True)
        ]
        return [done.result() for done in runs]


async def abatch(
    graph: Graph, inputs: Sequence[Any], config: Any, keep: bool, options: dict[str, Any]
) -> list[Any]:
    """`batch`, with `ainvoke`."""
    from anystep._async_library import gather, semaphore

    configs = configs_for(config, len(inputs))
    limit = _limit(configs)
    turns = semaphore(limit) if limit else None

    async def run(given: Any, own: Any) -> Any:
        if turns is None:
            return await graph.ainvoke(given, own, **options)
        async with turns:
            return await graph.ainvoke(given, own, **options)

    runs = [run(given, own) for given, own in zip(inputs, configs, strict=True)]
    return await gather(runs, keep)


def _limit(configs: Sequence[Any]) -> int | None:
    limit: int | None = (configs[0] or {}).get("max_concurrency") if configs else None
    return limit


__all__ = ["abatch", "batch"]
