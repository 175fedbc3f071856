"""Modules under the names that they had before LangGraph 1.0; packages still import them."""

__all__ = ()
