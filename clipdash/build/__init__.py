"""Stores from pictures, and stores from what was computed elsewhere.

What is named here is imported on use: the worker processes of a build need next to nothing of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clipdash.build.addition import add_encoders
    from clipdash.build.commission import Commission, ImportCommission
    from clipdash.build.errand import (
        check_name,
        discard_build,
        dismiss_build,
        drop_upload,
        keep_upload,
        resume_build,
        start_build,
        start_import,
        stop_build,
    )
    from clipdash.build.imports import ImportReport, import_embeddings, import_scores
    from clipdash.build.job import BuildReport, build_store
    from clipdash.build.overview import BuildState, Stage, list_builds
    from clipdash.build.picture import PictureError, parse_picture, read_picture
    from clipdash.build.progress import BuildProgress
    from clipdash.build.request import BuildOptions

_MODULE_OF = {
    "BuildOptions": "request",
    "BuildProgress": "progress",
    "BuildReport": "job",
    "BuildState": "overview",
    "Commission": "commission",
    "ImportCommission": "commission",
    "ImportReport": "imports",
    "PictureError": "picture",
    "Stage": "overview",
    "add_encoders": "addition",
    "build_store": "job",
    "check_name": "errand",
    "discard_build": "errand",
    "dismiss_build": "errand",
    "drop_upload": "errand",
    "import_embeddings": "imports",
    "import_scores": "imports",
    "keep_upload": "errand",
    "list_builds": "overview",
    "parse_picture": "picture",
    "read_picture": "picture",
    "resume_build": "errand",
    "start_build": "errand",
    "start_import": "errand",
    "stop_build": "errand",
}

__all__ = [
    "BuildOptions",
    "BuildProgress",
    "BuildReport",
    "BuildState",
    "Commission",
    "ImportCommission",
    "ImportReport",
    "PictureError",
    "Stage",
    "add_encoders",
    "build_store",
    "check_name",
    "discard_build",
    "dismiss_build",
    "drop_upload",
    "import_embeddings",
    "import_scores",
    "keep_upload",
    "list_builds",
    "parse_picture",
    "read_picture",
    "resume_build",
    "start_build",
    "start_import",
    "stop_build",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
