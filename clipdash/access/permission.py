"""The one question before every act: may whoever is here do it."""

from clipdash.access.journal import note
from clipdash.access.visitor import Act, Visitor, find_role, find_visitor
from clipdash.errors import AccessError

__all__ = ["require"]


def require(act: Act) -> Visitor:
    """Return the visitor if their role covers `act`.

    Raises
    ------
    AccessError
        If it does not: the sentence names the act and the role that is needed.
    """
    visitor = find_visitor()
    if visitor.may(act):
        return visitor
    note("refused", "act", act.value, visitor=visitor)
    held = "your sign-in gives you no role here" if visitor.name else "you are not signed in"
    if visitor.role:
        held = f"you are signed in as {visitor.role}"
    raise AccessError(
        f"To {act} you need the role {find_role(act)}; {held}. Nothing was done. Ask whoever runs clipdash for that "
        "role."
    )
