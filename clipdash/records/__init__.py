"""What is kept on this machine or in a database: label sets, audits, drafts, seals, and a counter of what was tried.

Names are imported on first use: the database's library is loaded by whoever keeps or reads something, not by a page
that only might. `docs/records.md` says what is kept where.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clipdash.records.audits import (
        SavedAudit,
        change_audit,
        delete_audit,
        duplicate_audit,
        find_audits,
        list_audits,
        read_audit,
        restore_audit,
        save_audit,
    )
    from clipdash.records.database import check_records, close_records
    from clipdash.records.drafts import Draft, keep_draft, read_draft
    from clipdash.records.place import find_database, find_records
    from clipdash.records.questions import digest_facts, digest_question, list_facts, list_facts_of
    from clipdash.records.seals import Seal, check_unseen, find_seal, seal_question
    from clipdash.records.sets import (
        SavedLabels,
        delete_labels,
        duplicate_labels,
        list_labels,
        list_versions,
        read_saved_labels,
        restore_labels,
        save_labels,
    )
    from clipdash.records.tries import Tries, count_tries, forget_try, record_seen, record_try, was_tried

_MODULES = {
    "audits": (
        "SavedAudit",
        "change_audit",
        "delete_audit",
        "duplicate_audit",
        "find_audits",
        "list_audits",
        "read_audit",
        "restore_audit",
        "save_audit",
    ),
    "database": ("check_records", "close_records"),
    "drafts": ("Draft", "keep_draft", "read_draft"),
    "place": ("find_database", "find_records"),
    "questions": ("digest_facts", "digest_question", "list_facts", "list_facts_of"),
    "seals": ("Seal", "check_unseen", "find_seal", "seal_question"),
    "sets": (
        "SavedLabels",
        "delete_labels",
        "duplicate_labels",
        "list_labels",
        "list_versions",
        "read_saved_labels",
        "restore_labels",
        "save_labels",
    ),
    "tries": ("Tries", "count_tries", "forget_try", "record_seen", "record_try", "was_tried"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Draft",
    "SavedAudit",
    "SavedLabels",
    "Seal",
    "Tries",
    "change_audit",
    "check_records",
    "check_unseen",
    "close_records",
    "count_tries",
    "delete_audit",
    "delete_labels",
    "digest_facts",
    "digest_question",
    "duplicate_audit",
    "duplicate_labels",
    "find_audits",
    "find_database",
    "find_records",
    "find_seal",
    "forget_try",
    "keep_draft",
    "list_audits",
    "list_facts",
    "list_facts_of",
    "list_labels",
    "list_versions",
    "read_audit",
    "read_draft",
    "read_saved_labels",
    "record_seen",
    "record_try",
    "restore_audit",
    "restore_labels",
    "save_audit",
    "save_labels",
    "seal_question",
    "was_tried",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
