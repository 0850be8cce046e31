"""Whatever is typed, there is an answer: a tree, or a fault with a good place and a cure that works."""

from hypothesis import given, settings
from hypothesis import strategies as st
from matcher import depth

from store.errors import BadQueryError
from store.query import Parsed, parse
from store.query.faults import MAX_DEPTH

PIECES = [
    *"()[]{}\"'~^*?:;,.\\/|&!+-=<>",
    *(" and ", " or ", " not ", " TO ", "\n", "\u00a0", "\u201e", "\u201d", "\u0130", "\ud800", "\x00"),
    *("type:", "status:", "delay:", "timestamp:", "remote_ip:", "recipient:", "subject:", "_exists_:", "foo:"),
    *(
        "jan",
        "jan@x.nl",
        "*@x.nl",
        "5",
        "5xx",
        "192.0.2.0/24",
        "2001:db8::1",
        "2024-11-01",
        "T12:00",
        "~1",
        "^2",
        "[1 TO 2]",
        ">=5",
        "<a@b>",
        '"jan@x.nl"',
        ", ",
        "; ",
        "Jan <jan@x.nl>",
        "info@m\u00fcnchen.example",
        "message_id:",
    ),
]
QUERIES = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.lists(st.sampled_from(PIECES)).map(" ".join))


def answer(query: str) -> Parsed | BadQueryError:
    """What comes of a query."""
    try:
        return parse(query, "Europe/Amsterdam")
    except BadQueryError as error:
        return error


@given(QUERIES)
@settings(max_examples=400, deadline=None)
def test_any_text_has_an_answer(query: str) -> None:
    """A shallow tree, or a fault whose place lies in the query and whose cure is a good query."""
    found = answer(query)
    if isinstance(found, Parsed):
        assert depth(found.tree) <= MAX_DEPTH
    else:
        fault = found.fault
        assert 0 <= fault.start <= fault.end <= len(query)
        assert fault.fix is None or isinstance(answer(fault.fix), Parsed)


@given(QUERIES)
@settings(max_examples=200, deadline=None)
def test_an_answer_is_always_the_same(query: str) -> None:
    """Nothing is left over from one query to the next."""
    first, second = answer(query), answer(query)
    if isinstance(first, Parsed):
        assert first == second
    else:
        assert isinstance(second, BadQueryError)
        assert first.fault == second.fault


@given(QUERIES)
@settings(max_examples=200, deadline=None)
def test_what_is_read_back_means_the_same(query: str) -> None:
    """The parentheses that are shown are those that were meant."""
    found = answer(query)
    if isinstance(found, Parsed) and found.read_as is not None:
        assert parse(found.read_as, "Europe/Amsterdam").tree == found.tree
