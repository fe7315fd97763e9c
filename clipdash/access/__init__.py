"""Who may do what: a rule file reads the claims of a sign-in, a visitor has a role, and an act needs one.

::

    read_rules(path) -> Rules          who is let in, and as what
    rules.admit(claims, now) -> Visitor
    find_visitor() -> Visitor          whoever acts here and now
    require(Act.SAVE)                  raises AccessError where that visitor may not

Without sign-in, and on the command line, whoever acts has the machine's own rights: everything is allowed.
"""

from clipdash.access.rules import RULES_VARIABLE, Rule, Rules, find_rules, read_rules
from clipdash.access.visitor import NOBODY, OWNER, Act, Role, Visitor, find_visitor, recognise, require

__all__ = [
    "NOBODY",
    "OWNER",
    "RULES_VARIABLE",
    "Act",
    "Role",
    "Rule",
    "Rules",
    "Visitor",
    "find_rules",
    "find_visitor",
    "read_rules",
    "recognise",
    "require",
]
