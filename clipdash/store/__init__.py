"""Stores: images' embeddings, annotations and thumbnails on disk, under one manifest with a checksum a file.

The one reader and the one writer of ``embeddings_cache/``. A store is written whole, beside the place it is meant
for, and then swapped in: whoever has the old one open reads on undisturbed, and no failure leaves half a store.
"""

from clipdash.store.about import About, AttributeAbout, read_about
from clipdash.store.approximation import build_search_index, check_factory, measure_recall, read_search_index
from clipdash.store.arrays import write_store
from clipdash.store.crossing import Crossing, cross_attributes
from clipdash.store.extension import StoreExtension, ship_texts
from clipdash.store.filters import (
    check_attribute,
    check_value,
    encode_column,
    list_annotations,
    list_options,
    list_values,
    mask_images,
    read_filter,
)
from clipdash.store.identity import StoreRef
from clipdash.store.manifest import Attribute, FileEntry, Manifest, Variant, find_encoder_config
from clipdash.store.metadata import check_ids, find_id_column, frame_people, name_ids, read_people
from clipdash.store.parquet import read_list_column, write_rows
from clipdash.store.people import IMAGE_ID, order_people, sort_values
from clipdash.store.reader import Store, locate_encoder, open_store
from clipdash.store.remote import RemoteStore, is_url, open_anywhere, open_remote
from clipdash.store.rows import UTF8, Readable, Rows, Upload, open_rows
from clipdash.store.schemas import list_schemas, read_annotations
from clipdash.store.scores import ScoreFile, ScoreTable, read_scores
from clipdash.store.search import search_rows
from clipdash.store.shard import Shard, ShardBatch, ShardFile, find_shard, write_whole
from clipdash.store.shelf import StoreEntry, find_root, is_store, list_stores, resolve_store, verify_store
from clipdash.store.specs import ScoresSpec, SearchSpec
from clipdash.store.staging import check_place, explain_failure
from clipdash.store.vectors import multiply_rows
from clipdash.store.workplace import PLAN, SHARDS, Workplace, hold_workplace, name_workplace, read_holder
from clipdash.store.writer import StoreWriter

__all__ = [
    "IMAGE_ID",
    "PLAN",
    "SHARDS",
    "UTF8",
    "About",
    "Attribute",
    "AttributeAbout",
    "Crossing",
    "FileEntry",
    "Manifest",
    "Readable",
    "RemoteStore",
    "Rows",
    "ScoreFile",
    "ScoreTable",
    "ScoresSpec",
    "SearchSpec",
    "Shard",
    "ShardBatch",
    "ShardFile",
    "Store",
    "StoreEntry",
    "StoreExtension",
    "StoreRef",
    "StoreWriter",
    "Upload",
    "Variant",
    "Workplace",
    "build_search_index",
    "check_attribute",
    "check_factory",
    "check_ids",
    "check_place",
    "check_value",
    "cross_attributes",
    "encode_column",
    "explain_failure",
    "find_encoder_config",
    "find_id_column",
    "find_root",
    "find_shard",
    "frame_people",
    "hold_workplace",
    "is_store",
    "is_url",
    "list_annotations",
    "list_options",
    "list_schemas",
    "list_stores",
    "list_values",
    "locate_encoder",
    "mask_images",
    "measure_recall",
    "multiply_rows",
    "name_ids",
    "name_workplace",
    "open_anywhere",
    "open_remote",
    "open_rows",
    "open_store",
    "order_people",
    "read_about",
    "read_annotations",
    "read_filter",
    "read_holder",
    "read_list_column",
    "read_people",
    "read_scores",
    "read_search_index",
    "resolve_store",
    "search_rows",
    "ship_texts",
    "sort_values",
    "verify_store",
    "write_rows",
    "write_store",
    "write_whole",
]
