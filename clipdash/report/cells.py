"""The images behind a figure in words: how many of what, which outcomes they have, and what they were picked by."""

import re
from collections.abc import Mapping, Sequence

from clipdash.audit import Rule
from clipdash.charts import OUTCOME_KEY, format_annotation, format_count, format_group, format_value
from clipdash.report.drill import Drill
from clipdash.report.phrase import Phrase, join_phrases, list_phrases, mark_figure, mark_typed
from clipdash.report.ruling import say_rule

__all__ = ["head_cell", "list_parts", "say_cell", "say_outcome"]

_CARRY = {
    "flagged": "carry a flagged label",
    "contradicted": "carry a label that contradicts the annotation",
    "unclaimed": "carry a label that claims nothing",
    "supported": "carry a label that agrees with the annotation",
}
_MEANINGS = {
    "flagged": "flagged: the label is in a flagged category",
    "contradicted": "contradicted: the label claims what the annotation does not say",
    "unclaimed": "unclaimed: the label claims nothing",
    "supported": "supported: all that the label claims is annotated",
}
_SINGULAR = {"carry": "carries", "count": "counts", "are": "is", "were": "was"}
_VERB = re.compile(rf"\b({'|'.join(_SINGULAR)})\b")
_CHANGES = {
    "moved": "moved",
    "stayed": "kept their label",
    "fixed": "no longer count",
    "broken": "newly count",
    "counted": "count",
}


def say_outcome(outcome: str) -> str:
    """Return an outcome with what it means: "supported: all that the label claims is annotated"."""
    return _MEANINGS[outcome]


def head_cell(drill: Drill, count: int, rule: Rule) -> Phrase:
    """Write the headline over some images, such as "128 images annotated as 3–9 moved from *hominid* to *boy*".

    Parameters
    ----------
    drill : Drill
        Which images; its `outcome` plays no part.
    count : int
        How many there are.
    rule : Rule
        What counts as misclassified.
    """
    said = [
        _agree(phrase, count)
        for phrase in (_say_single(drill, rule) if drill.of == "labels" else _say_pair(drill, rule))
    ]
    end = list_phrases(said or [_agree(join_phrases("are judged"), count)])
    return join_phrases(f"{_count(count)}{_annotated(drill.group)} ", end)


def _say_single(drill: Drill, rule: Rule) -> list[Phrase]:
    said = [join_phrases("are labelled ", mark_typed(drill.before))] if drill.before is not None else []
    return said + ([say_rule(rule)] if drill.change == "counted" else [])


def _say_pair(drill: Drill, rule: Rule) -> list[Phrase]:
    said = [_say_labels(drill)] if drill.before is not None or drill.after is not None else []
    if drill.change == "moved" and not said:
        said.append(join_phrases("moved to another label"))
    if drill.change == "stayed" and not said:
        said.append(join_phrases("kept the same label"))
    if drill.change in ("fixed", "broken"):
        said.append(join_phrases("no longer " if drill.change == "fixed" else "newly ", say_rule(rule)))
    if drill.outcome_before is not None:
        past = _CARRY[drill.outcome_before].replace("carry", "carried", 1).replace("contradicts", "contradicted")
        said.append(join_phrases(f"{past} before"))
    return said


def _say_labels(drill: Drill) -> Phrase:
    before, after = (None if text is None else mark_typed(text) for text in (drill.before, drill.after))
    if drill.before == drill.after or (drill.change == "stayed" and (before is None or after is None)):
        return join_phrases("kept the label ", before or after or "")
    if before is None:
        if drill.change == "moved":
            return join_phrases("moved to ", after or "")
        return join_phrases("are labelled ", after or "", " after")
    if after is None:
        return (
            join_phrases("moved away from ", before)
            if drill.change == "moved"
            else join_phrases("were labelled ", before, " before")
        )
    return join_phrases("moved from ", before, " to ", after)


def _agree(phrase: Phrase, count: int) -> Phrase:
    """Return a phrase whose first verb agrees with the number of images."""
    if count > 1:
        return phrase
    pieces, left = [], 1
    for text, emphasis in phrase.pieces:
        changed, found = _VERB.subn(lambda verb: _SINGULAR[verb[0]], text, left) if left and not emphasis else (text, 0)
        pieces.append((changed, emphasis))
        left -= found
    return Phrase(tuple(pieces))


def say_cell(drill: Drill, count: int, total: int, outcomes: Sequence[Mapping[str, int]]) -> Phrase:
    """Say of how many images these are a part, and which outcomes they have.

    Parameters
    ----------
    drill : Drill
        Which images.
    count, total : int
        How many there are, of how many of that group; of a whole group, of how many judged images.
    outcomes : sequence of mapping of str to int
        How many have each outcome, one mapping a list.
    """
    whole = drill.cell == Drill(of=drill.of, group=drill.group).cell
    of = "judged images" if whole else f"judged images{_annotated(drill.group)}"
    parts: list[str | Phrase] = []
    if total != count:
        parts += [f"{'That is' if count == 1 else 'They are'} ", mark_figure(f"{count:,} of the {total:,} {of}"), ". "]
    for name, counts in zip(("By outcome",) if len(outcomes) == 1 else ("Before", "After"), outcomes, strict=True):
        parts += [f"{name}: ", _list_outcomes(counts), ". "] if count else []
    return join_phrases(*parts)


def _list_outcomes(counts: Mapping[str, int]) -> Phrase:
    shown = [(outcome, counts[outcome]) for outcome, _ in OUTCOME_KEY if counts[outcome]]
    return list_phrases([f"{format_count(count)} {outcome}" for outcome, count in shown])


def list_parts(drill: Drill) -> dict[str, str]:
    """Return what the images were picked by, each under the field that it is: ``group.age``: "age 3–9".

    Of a drill without some of these fields the images are more.
    """
    pair = drill.of == "shift"
    parts = {
        f"group.{attribute}": f"{attribute.replace('_', ' ')} {format_value(value)}"
        for attribute, value in drill.group.items()
    }
    if drill.before is not None:
        parts["before"] = f"{'before' if pair else 'label'}: {drill.before}"
    if drill.after is not None:
        parts["after"] = f"after: {drill.after}"
    if drill.outcome_before is not None:
        parts["outcome_before"] = f"before: {drill.outcome_before}"
    if drill.change is not None:
        parts["change"] = _CHANGES[drill.change]
    return parts


def _annotated(group: Mapping[str, str]) -> str:
    if not group:
        return ""
    return f" annotated as {format_group(group)}" if len(group) == 1 else f" {format_annotation(group)}"


def _count(images: int) -> str:
    return "No image" if not images else f"{format_count(images)} image{'' if images == 1 else 's'}"
