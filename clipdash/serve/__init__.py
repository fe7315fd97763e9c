"""What is served beside the pages, what guards it, and what is logged and measured of it."""

from clipdash.serve.gate import build_gate
from clipdash.serve.logs import is_json, set_up_logs, take_over
from clipdash.serve.metrics import build_meter, time_rerun, watch_cache, watch_queue
from clipdash.serve.routes import build_lifespan, build_routes, thumbnail_path
from clipdash.serve.settings import check_settings

__all__ = [
    "build_gate",
    "build_lifespan",
    "build_meter",
    "build_routes",
    "check_settings",
    "is_json",
    "set_up_logs",
    "take_over",
    "thumbnail_path",
    "time_rerun",
    "watch_cache",
    "watch_queue",
]
