"""Functions about configs under the names that they had before LangGraph 1.0."""

from anystep._internal._config import ensure_config, patch_configurable
from anystep.config import get_config, get_store

__all__ = ["ensure_config", "get_config", "get_store", "patch_configurable"]
