"""Seals: a comparison can be registered before it was seen, once, and never afterwards."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from results import make_shift

from clipdash.errors import RecordsError
from clipdash.records import (
    check_unseen,
    count_tries,
    digest_question,
    find_seal,
    forget_try,
    list_facts_of,
    record_seen,
    record_try,
    seal_question,
    was_tried,
)

pytestmark = pytest.mark.usefixtures("database")


def test_a_seal_holds_what_was_registered_and_when():
    result = make_shift()
    seal = seal_question(result.store.digest, list_facts_of(result))
    assert find_seal(result) == seal
    assert seal.facts == list_facts_of(result)
    assert datetime.now(UTC) - seal.sealed < timedelta(minutes=1)


@pytest.mark.parametrize(
    "change", [{"min_n": 3}, {"rule": "contradicted"}, {"by": ["age"]}, {"sets": ["a", "b"]}, {"cluster": "drawing"}]
)
def test_any_change_makes_another_comparison_without_a_seal(change):
    result = make_shift()
    other = seal_question(result.store.digest, list_facts_of(result) | change)
    assert find_seal(result) is None
    assert seal_question(result.store.digest, list_facts_of(result)).id != other.id


def test_another_state_of_the_store_has_no_seal():
    result = make_shift()
    seal_question("another", list_facts_of(result))
    assert find_seal(result) is None


def test_intervals_of_a_single_group_hold_together_anyhow():
    result = make_shift()
    lone = [row for row in result.rows if not row.withheld][:1]
    alone = replace(result, rows=tuple(lone))
    seal = seal_question(result.store.digest, list_facts_of(alone) | {"simultaneous": True})
    assert find_seal(alone) == seal
    assert find_seal(result) is None


def test_the_first_seal_stays_even_once_the_result_was_seen():
    result = make_shift()
    first = seal_question(result.store.digest, list_facts_of(result))
    record_try(result)
    assert seal_question(result.store.digest, list_facts_of(result)) == first
    new = list_facts_of(result) | {"rule": "contradicted"}
    with ThreadPoolExecutor(4) as pool:
        assert len({seal.id for seal in pool.map(lambda _: seal_question("store", new), range(4))}) == 1


def test_what_was_tried_cannot_be_registered():
    result = make_shift()
    record_try(result)
    assert was_tried(result.store.digest, digest_question(result))
    with pytest.raises(RecordsError, match="were shown on this store before"):
        seal_question(result.store.digest, list_facts_of(result))
    assert find_seal(result) is None


def test_the_order_of_a_filter_s_values_makes_no_other_comparison():
    result = make_shift()
    values = [replace(result.table, where={"age": order}) for order in (("a", "b"), ("b", "a"))]
    first, second = (list_facts_of(replace(result, table=table)) for table in values)
    assert first == second
    assert first != list_facts_of(result)


def test_two_lists_of_which_results_were_shown_apart_cannot_be_registered():
    result = make_shift()
    store, facts = result.store.digest, list_facts_of(result)
    record_seen(store, [result.before.digest])
    check_unseen(store, facts)  # one list alone gives no shift away
    record_seen(store, [result.after.digest])
    with pytest.raises(RecordsError, match="were shown on this store before"):
        check_unseen(store, facts)
    check_unseen("another state of the store", facts)


def test_what_was_seen_for_a_moment_is_forgotten_by_the_counter_alone():
    result = make_shift()
    record_try(result)
    forget_try(result.store.digest, digest_question(result))
    assert count_tries(result.store.digest).comparisons == 0
    with pytest.raises(RecordsError, match="were shown on this store before"):
        seal_question(result.store.digest, list_facts_of(result))
