"""Programs that need a fresh process each: import, memory, long runs.  Each prints one JSON line."""
