"""A faster place for checkpoints in workers: Python's own sqlite3 on the origin's private files.

    from anystep.web.opfs import OPFSSaver

Not imported by `anystep.web`, because it brings sqlite3 along.
"""

from anystep.web._opfs import OPFSSaver

__all__ = ["OPFSSaver"]
