"""What is served beside the pages, and what guards it: thumbnails, notices, readiness; the gate before all of it."""

from clipdash.serve.gate import build_gate
from clipdash.serve.routes import build_lifespan, build_routes, thumbnail_path

__all__ = ["build_gate", "build_lifespan", "build_routes", "thumbnail_path"]
