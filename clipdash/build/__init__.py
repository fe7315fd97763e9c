"""Builds: a folder of pictures, a table of their annotations and an encoder become a store."""

from clipdash.build.job import BuildReport, build_store

__all__ = ["BuildReport", "build_store"]
