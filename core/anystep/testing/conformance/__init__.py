"""What plug-in parts must do, as functions that their authors can run.

from anystep.testing.conformance.saver import check_saver

def test_my_saver():
    report = check_saver(lambda: MySaver(":memory:"))
    assert "prune" not in report.unsupported

There are suites for savers, stores and caches.
"""

from . import cache, saver, store

__all__ = ["cache", "saver", "store"]
