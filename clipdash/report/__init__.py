"""Results for people and programs: JSON and CSV."""

from clipdash.report.figures import read_versions, to_csv, to_json

__all__ = ["read_versions", "to_csv", "to_json"]
