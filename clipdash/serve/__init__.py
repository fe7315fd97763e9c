"""What is served beside the pages: thumbnails, notices, readiness."""

from clipdash.serve.routes import build_lifespan, build_routes, thumbnail_path

__all__ = ["build_lifespan", "build_routes", "thumbnail_path"]
