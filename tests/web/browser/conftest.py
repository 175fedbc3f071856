"""These tests need IndexedDB: a browser, or Node with the lane's stand-in for it.

CPython and WASI have none, so nothing is collected there; the Pyodide and Chromium lanes run the
files with all others that are marked for hosts. The private file system is in browsers only.
"""

import sys

if sys.platform == "emscripten":
    import js

    collect_ignore_glob = [] if hasattr(js, "FileSystemFileHandle") else ["test_opfs*.py"]
else:
    collect_ignore_glob = ["test_*.py"]
