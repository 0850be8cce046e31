"""What single queries become: the trees, the time zone, the shape, and how a mixed query is read back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from matcher import depth

from store.errors import BadQueryError
from store.event import iso
from store.fields import FIELDS, Kind
from store.query import parse
from store.query.examples import EXAMPLES
from store.query.faults import MAX_DEPTH
from store.tree import All, And, Any, Exact, Exists, Fuzzy, Network, Node, Not, Nothing, Or, Range, Wildcard, Words


def tree(query: str, zone: str = "UTC") -> Node:
    """The tree of a query."""
    return parse(query, zone).tree


def span(query: str, zone: str) -> tuple[str, str]:
    """The first and last millisecond of a range of times."""
    found = tree(query, zone)
    assert isinstance(found, Range)
    assert isinstance(found.low, int)
    assert isinstance(found.high, int)
    return iso(found.low), iso(found.high)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type:BOUNCE", Exact("type", "bounce")),
        ("Message-ID: <A.B@C>", Exact("message_id", "a.b@c")),
        ('smtp_command:"RCPT TO"', Exact("smtp_command", "rcpt to")),
        ("expired:Yes", Exact("expired", "true")),
        ("tag:Spring", Exact("tags", "spring")),
        ("subject:e-mail", Words("subject", ("e", "mail"))),
        ('diagnostic:"account reach"~4', Words("diagnostic", ("account", "reach"), 4)),
        ("subject:ord*", Wildcard("subject", ("ord", Any.MANY), words=True)),
        ("mx:M?.x\\*", Wildcard("mx", ("m", Any.ONE, ".x*"))),
        ("subject:quta~1", Fuzzy("subject", "quta", 1, words=True)),
        ("type:bonuce~", Fuzzy("type", "bonuce", 2)),
        ("subject:quta~", Fuzzy("subject", "quta", 1, words=True)),
        ("recipient:jann@x.nl~1", Fuzzy("recipient", "jann@x.nl", 1)),
        ("remote_ip:2001:DB8::0025", Exact("remote_ip", "2001:db8::25")),
        ("remote_ip:192.0.2.77/24", Network("remote_ip", "192.0.2.0/24")),
        ("remote_ip:[192.0.2.0 TO 192.0.2.255]", Network("remote_ip", "192.0.2.0/24")),
        ("remote_ip:{192.0.2.1 TO 192.0.2.2}", Nothing()),
        ("status:5", Wildcard("status", ("5.", Any.MANY))),
        ("status:5.1", Wildcard("status", ("5.1.", Any.MANY))),
        ("status:5.x.x", Wildcard("status", ("5.", Any.MANY))),
        ("status:>5", Range("status", "5/", None)),
        ("status:<=5", Range("status", None, "5/", high_open=True)),
        ("code:5xx", Range("smtp_code", 500, 599)),
        ("smtp_code:{400 TO 499]", Range("smtp_code", 400, 499, low_open=True)),
        ("delay:-0", Range("delay", 0.0, 0.0)),
        ("delay:[* TO *]", Exists("delay")),
        ("delay:*", Exists("delay")),
        ("delay:[20 TO 10]", Nothing()),
        ("_exists_:to", Exists("recipient")),
        ("sender:@Shop.Example", Exact("sender_domain", "shop.example")),
        ("recipient_domain:@x.nl", Exact("recipient_domain", "x.nl")),
        ("original_recipient:*@x.nl", Wildcard("original_recipient", (Any.MANY, "@x.nl"))),
        ("sender:<>", Or((Not(Exists("sender")), Exact("sender", "")))),
        ("sender:[a TO n@x.nl}", Range("sender", "a", "n@x.nl", high_open=True)),
        ("sender:<=Z", Range("sender", None, "z")),
        ("remote_ip:::FFFF:192.0.2.10", Exact("remote_ip", "192.0.2.10")),
        ("remote_ip:>192.0.2.255", tree("remote_ip:[192.0.3.0 TO 255.255.255.255]")),
        ("subject:jan@x.nl", And((Exact("mentions", "jan@x.nl"), Words("subject", ("jan", "x.nl"))))),
        ("message_id:<A@h>,b@h", Or((Exact("message_id", "a@h"), Exact("message_id", "b@h")))),
        ('status:"5.*"', Exact("status", "5.*")),
        (
            "recipient_domain:m\u00fcnchen.example",
            Or((Exact("recipient_domain", "m\u00fcnchen.example"), Exact("recipient_domain", "xn--mnchen-3ya.example"))),
        ),
        ("recipient_domain:xn--a", Exact("recipient_domain", "xn--a")),
        ("from:jan", Or((Exact("sender", "jan"), Wildcard("sender", ("jan@", Any.MANY)), Exact("sender_domain", "jan")))),
        ("@gmail.com", Or((Exact("sender_domain", "gmail.com"), Exact("recipient_domain", "gmail.com")))),
        ("*", All()),
        ("not *", Nothing()),
        ("* type:send", Exact("type", "send")),
        ("* or type:send", All()),
        ("not not type:send", Exact("type", "send")),
        ("type:send type:send", Exact("type", "send")),
        ("type:send (tls:a (tls:b))", And((Exact("type", "send"), Exact("tls", "a"), Exact("tls", "b")))),
        ("type:send tls:[b TO a]", Nothing()),
    ],
)
def test_a_query_becomes_this_tree(query: str, expected: Node) -> None:
    """Values are ready to compare, and nothing of the language is left for an engine to know."""
    assert tree(query) == expected


def test_a_word_is_looked_for_in_every_searchable_field() -> None:
    """Each field marked as searched in the table has its node, and no other field."""
    found = tree("550")
    assert isinstance(found, Or)
    named = {node.field for node in found.nodes if not isinstance(node, All | Nothing | And | Or | Not)}
    assert named == {field.name for field in FIELDS if field.searched and field.kind is not Kind.IP}


def test_an_address_is_one_thing() -> None:
    """The whole value of either side, a message id, or a whole mention; never a bag of words."""
    whole = Or(tuple(Exact(name, "jan@x.nl") for name in ("sender", "recipient", "mentions", "message_id")))
    for typed in ("Jan@X.nl", "<jan@x.nl>", "mailto:jan@x.nl", "'jan@x.nl'", "jan@x.nl,", '"jan@x.nl"', "<mailto:jan@x.nl>;"):
        assert tree(typed) == whole


@pytest.mark.parametrize(
    ("query", "zone", "first", "last"),
    [
        ("timestamp:2024-11-01", "UTC", "2024-11-01T00:00:00.000Z", "2024-11-01T23:59:59.999Z"),
        ("timestamp:2024-11-01", "Europe/Amsterdam", "2024-10-31T23:00:00.000Z", "2024-11-01T22:59:59.999Z"),
        ("timestamp:2024-10-27", "Europe/Amsterdam", "2024-10-26T22:00:00.000Z", "2024-10-27T22:59:59.999Z"),
        ("timestamp:2024-03-31", "Europe/Amsterdam", "2024-03-30T23:00:00.000Z", "2024-03-31T21:59:59.999Z"),
        ("timestamp:2024-10-27T02", "Europe/Amsterdam", "2024-10-27T00:00:00.000Z", "2024-10-27T01:59:59.999Z"),
        ("timestamp:2024-10-27T01", "Europe/Amsterdam", "2024-10-26T23:00:00.000Z", "2024-10-26T23:59:59.999Z"),
        ("timestamp:2024-03", "America/New_York", "2024-03-01T05:00:00.000Z", "2024-04-01T03:59:59.999Z"),
        ("timestamp:2024", "UTC", "2024-01-01T00:00:00.000Z", "2024-12-31T23:59:59.999Z"),
        ("timestamp:2024-12", "UTC", "2024-12-01T00:00:00.000Z", "2024-12-31T23:59:59.999Z"),
        ("timestamp:2024-11-01T12:30", "UTC", "2024-11-01T12:30:00.000Z", "2024-11-01T12:30:59.999Z"),
        ("timestamp:2024-11-01T12:30:05", "UTC", "2024-11-01T12:30:05.000Z", "2024-11-01T12:30:05.999Z"),
        ("timestamp:2024-11-01T12:30:05.1", "UTC", "2024-11-01T12:30:05.100Z", "2024-11-01T12:30:05.199Z"),
        ("timestamp:2024-11-01T12:30:05.123456Z", "Asia/Tokyo", "2024-11-01T12:30:05.123Z", "2024-11-01T12:30:05.123Z"),
        ("timestamp:2024-11-01T00:00-03:30", "Asia/Tokyo", "2024-11-01T03:30:00.000Z", "2024-11-01T03:30:59.999Z"),
        ('timestamp:"2024-11-01 12:30"', "UTC", "2024-11-01T12:30:00.000Z", "2024-11-01T12:30:59.999Z"),
        ("timestamp:[2024-11-01 12:00 TO 2024-11-02]", "UTC", "2024-11-01T12:00:00.000Z", "2024-11-02T23:59:59.999Z"),
        ("timestamp:{2024-11-01 TO 2024-11-03}", "UTC", "2024-11-02T00:00:00.000Z", "2024-11-02T23:59:59.999Z"),
        ("timestamp:9999", "UTC", "9999-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"),
        ("timestamp:9999-12-31", "America/New_York", "9999-12-31T05:00:00.000Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_is_the_whole_unit_typed(query: str, zone: str, first: str, last: str) -> None:
    """In the viewer's zone unless it has an offset, over the change of the clock and at the end of the calendar."""
    assert span(query, zone) == (first, last)


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("a b or c", "(a and b) or c"),
        ("a or b and c", "a or (b and c)"),
        ("a and b c", "a and b and c"),
        ('a "x y"~2 or -b', '(a and "x y"~2) or not b'),
        ("type:(a b or c)", "type:((a and b) or c)"),
        ("delay:[1 TO 5] or delay:> 7 x~1", "delay:[1 TO 5] or (delay:> 7 and x~1)"),
        ("a && (b || c) d", "a and (b or c) and d"),
        ('"a"! b or c', '("a" and \\! and b) or c'),
        ('To: Jan <jan@x.nl>; "P., P." <p@x.nl>', "To:(jan@x.nl or p@x.nl)"),
        ("Jan <jan@x.nl>, piet@x.nl,", "jan@x.nl or piet@x.nl"),
        ("jan@x.nl, piet@x.nl", None),
        ("Jan <jan@x.nl>", None),
        ("a b", None),
        ("a or not b", None),
        ("a and (b or c)", None),
        ("+a -b !c", None),
    ],
)
def test_a_mixed_query_is_read_back_with_parentheses(query: str, read: str | None) -> None:
    """Only where it mixes and, or and terms side by side on one level, or has names in a list; what is read back means the same."""
    assert parse(query).read_as == read
    if read is not None:
        assert tree(read) == tree(query)


def test_deep_alternation_is_flattened_or_refused() -> None:
    """Twenty levels of `not (a or ...)` fit in the depth an engine takes; alternating and/or beyond it is refused by name."""
    deep = "not (tls:a or " * 20 + "tls:b" + ")" * 20
    assert depth(tree(deep)) <= MAX_DEPTH
    with pytest.raises(BadQueryError) as caught:
        tree("tls:a or tls:b and (" * 20 + "tls:c" + ")" * 20)
    assert caught.value.fault.code == "too_deep"


def test_a_dash_between_words_asks_for_nothing() -> None:
    """`off - today` is `off today`, whatever else stands there without a word."""
    assert tree("off - today & ... only!") == tree("off today only!")


def test_threads_do_not_meet() -> None:
    """Many queries at once give the trees they give one after another."""
    queries = [f'(type:a{n} or subject:"b {n}") not delay:[{n} TO {n + 1}] c{n}' for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tree, queries)) == [tree(query) for query in queries]


@pytest.mark.parametrize(("query", "sentence"), EXAMPLES, ids=[query for query, _ in EXAMPLES])
def test_an_example_of_the_help_page_is_a_good_query(query: str, sentence: str) -> None:
    """It is read, and its sentence is one."""
    assert tree(query)
    assert sentence.endswith(".")
