"""The cache's interface: results of tasks, by namespace and key, for as long as they live."""

from anystep.cache.base._cache import BaseCache, FullKey, Namespace, ValueT

__all__ = ["BaseCache", "FullKey", "Namespace", "ValueT"]
