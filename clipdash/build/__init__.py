"""Stores from pictures, and stores from what was computed elsewhere."""

from clipdash.build.imports import ImportReport, import_embeddings, import_scores
from clipdash.build.job import BuildReport, build_store

__all__ = ["BuildReport", "ImportReport", "build_store", "import_embeddings", "import_scores"]
