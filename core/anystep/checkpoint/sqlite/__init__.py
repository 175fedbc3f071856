"""Checkpoints in a SQLite file, one row and one commit per superstep."""

from anystep.checkpoint.sqlite._saver import SqliteSaver

__all__ = ["SqliteSaver"]
