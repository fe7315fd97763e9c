"""Seals: a comparison can be registered before it was seen, once, and never afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from results import make_shift

from clipdash.errors import RecordsError
from clipdash.records import digest_question, find_seal, record_try, seal_question, was_tried

pytestmark = pytest.mark.usefixtures("database")


def test_a_seal_holds_what_was_registered_and_when():
    seal = seal_question("question", "store", {"before": "man\0", "by": ["age"]})
    assert find_seal("question", "store") == seal
    assert seal.facts == {"before": "man\0", "by": ["age"]}
    assert datetime.now(UTC) - seal.sealed < timedelta(minutes=1)
    assert find_seal("question", "another store") is find_seal("another question", "store") is None


def test_the_first_seal_stays_even_once_the_result_was_seen():
    result = make_shift()
    named = (digest_question(result), result.store.digest)
    first = seal_question(*named, {"a": 1})
    record_try(result)
    assert seal_question(*named, {"a": 2}) == first
    with ThreadPoolExecutor(4) as pool:
        assert len({seal.id for seal in pool.map(lambda _: seal_question("new", "store", {}), range(4))}) == 1


def test_what_was_tried_cannot_be_registered():
    result = make_shift()
    record_try(result)
    assert was_tried(result.store.digest, digest_question(result))
    with pytest.raises(RecordsError, match="was made on this store before"):
        seal_question(digest_question(result), result.store.digest, {})
    assert find_seal(digest_question(result), result.store.digest) is None
