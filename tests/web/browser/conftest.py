"""These tests need IndexedDB: a browser, or Node with the lane's stand-in for it.

CPython and WASI have none, so nothing is collected there; the Pyodide and Chromium lanes run the
files with all others that are marked for hosts.
"""

import sys

collect_ignore_glob = [] if sys.platform == "emscripten" else ["test_*.py"]
