"""Who may hold a place at a web server of ours, and for how long.

The server is uvicorn, which waits without end for a request that was begun. hypercorn and granian bound the
head of a request, and neither bounds its body or what one client may hold (tried with 300 clients that drip).
"""

from pipeline.runtime.door.bounds import Bounds, DoorMetrics, Shut
from pipeline.runtime.door.door import Door
from pipeline.runtime.door.serve import server_config

__all__ = ["Bounds", "Door", "DoorMetrics", "Shut", "server_config"]
