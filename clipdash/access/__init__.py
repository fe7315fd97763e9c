"""Who may do what: a rule file reads the claims of a sign-in, a visitor has a role, and an act needs one.

::

    read_rules(path) -> Rules          who is let in, and as what
    rules.admit(claims, now) -> Visitor
    find_visitor() -> Visitor          whoever acts here and now
    require(Act.SAVE)                  raises AccessError where that visitor may not
    note("saved", "audit", id)         adds a line to the audit log, if there is one
    find_sign_in() -> SignIn           the provider that says who somebody is; None where there is no sign-in

Without sign-in, and on the command line, whoever acts has the machine's own rights: everything is allowed.
"""

from clipdash.access.journal import (
    LOG_VARIABLE,
    Kind,
    Verb,
    check_log,
    count_entries,
    find_log_fault,
    is_logging,
    keep_answer_clean,
    note,
)
from clipdash.access.permission import require
from clipdash.access.rules import RULES_VARIABLE, Rule, Rules, find_rules, read_rules
from clipdash.access.sign_in import SIGN_IN_VARIABLE, SignIn, find_sign_in, read_sign_in
from clipdash.access.visitor import (
    NOBODY,
    OWNER,
    Act,
    Role,
    Visitor,
    act_as,
    find_role,
    find_visitor,
    recognise,
)

__all__ = [
    "LOG_VARIABLE",
    "NOBODY",
    "OWNER",
    "RULES_VARIABLE",
    "SIGN_IN_VARIABLE",
    "Act",
    "Kind",
    "Role",
    "Rule",
    "Rules",
    "SignIn",
    "Verb",
    "Visitor",
    "act_as",
    "check_log",
    "count_entries",
    "find_log_fault",
    "find_role",
    "find_rules",
    "find_sign_in",
    "find_visitor",
    "is_logging",
    "keep_answer_clean",
    "note",
    "read_rules",
    "read_sign_in",
    "recognise",
    "require",
]
