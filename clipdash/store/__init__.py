"""Stores: images' embeddings, annotations and thumbnails on disk, under one manifest with a checksum a file.

The one reader and the one writer of ``embeddings_cache/``. A store is written whole, beside the place it is meant
for, and then swapped in: whoever has the old one open reads on undisturbed, and no failure leaves half a store.
"""

from clipdash.store.about import About, AttributeAbout, read_about
from clipdash.store.arrays import write_store
from clipdash.store.manifest import Attribute, FileEntry, Manifest, ScoresSpec, Variant
from clipdash.store.metadata import check_ids, find_id_column, frame_people, name_ids, read_people
from clipdash.store.parquet import read_list_column
from clipdash.store.people import IMAGE_ID, order_people, sort_values
from clipdash.store.reader import Store, StoreRef, open_store
from clipdash.store.rows import UTF8, Rows, open_rows
from clipdash.store.schemas import list_schemas, read_annotations
from clipdash.store.scores import ScoreFile, ScoreTable, read_scores
from clipdash.store.shelf import StoreEntry, find_root, list_stores, verify_store
from clipdash.store.writer import StoreWriter

__all__ = [
    "IMAGE_ID",
    "UTF8",
    "About",
    "Attribute",
    "AttributeAbout",
    "FileEntry",
    "Manifest",
    "Rows",
    "ScoreFile",
    "ScoreTable",
    "ScoresSpec",
    "Store",
    "StoreEntry",
    "StoreRef",
    "StoreWriter",
    "Variant",
    "check_ids",
    "find_id_column",
    "find_root",
    "frame_people",
    "list_schemas",
    "list_stores",
    "name_ids",
    "open_rows",
    "open_store",
    "order_people",
    "read_about",
    "read_annotations",
    "read_list_column",
    "read_people",
    "read_scores",
    "sort_values",
    "verify_store",
    "write_store",
]
