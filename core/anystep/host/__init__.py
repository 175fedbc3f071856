"""What the engine needs of the machine it runs on, behind one small record.

Core never asks where it is: it asks the current host. The default is chosen when it
is first needed, by what the platform can do; a test, a browser page or an edge
request installs its own for a while with `use_host`.

    from anystep.host import Host, use_host

    with use_host(my_host):
        graph.invoke(...)
"""

from ._host import Host, current_host, use_host

__all__ = ["Host", "current_host", "use_host"]
