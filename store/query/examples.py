"""Examples for the help page: a query, and what it finds. Each is tried by the tests."""

from typing import Final

EXAMPLES: Final[tuple[tuple[str, str], ...]] = (
    ("jan@example.com", "Mail from or to this address, and answers and subjects that name it; jan+shop@example.com is another address."),
    ("jan@example.com, piet@example.com", "Any of these addresses: paste a list with commas or semicolons."),
    ("@gmail.com", "Everyone at this domain; *@gmail.com is the same."),
    ("invoice", "The word in the subject, the answer, an address, a server, an id or a code."),
    ('"mailbox full"', "These words next to each other, in this order."),
    ('"full mailbox"~2', "The same words at most two places away from there."),
    ("bounce invoice", "Both words, wherever they stand; and says the same."),
    ("invoice or parcel", "One of the words, or both."),
    ("bounce not invoice", "The first without the second; -invoice and !invoice say the same."),
    ("bounce and (invoice or parcel)", "Parentheses say what belongs together; without them not goes before and, and before or."),
    ("type:bounce", "One field with this value: a type, a reason, a server, a domain."),
    ("to:jan@example.com", "The recipient; from: is the sender. A domain or the part before the @ alone will do."),
    ("subject:(invoice or parcel)", "Several words in one field."),
    ("reason:mailbox_full", "Why mail was not delivered, in one class."),
    ("jan*", "Words that begin so; * is any letters, ? is one letter."),
    ("quta~1", "A word spelt one letter differently, as quota."),
    ("status:5", "All permanent errors: the class 5.x.x; status:5.1.1 is one code."),
    ("smtp_code:5xx", "Answers 500 to 599."),
    ("smtp_code:[400 TO 499]", "A range, both ends in it; { and } leave the ends out, * is an open end."),
    ("delay:>60", "More than a minute under way; also >=, < and <=."),
    ("timestamp:2024-11-01", "That whole day; 2024-11 is the month."),
    ("timestamp:[2024-11-01 TO 2024-11-07T12:00]", "From one time to another, in your time zone."),
    ("remote_ip:192.0.2.0/24", "A network of servers."),
    ("_exists_:diagnostic", "Events that have the field; not _exists_:diagnostic those that lack it."),
    ('"and"', "The word itself: in quotes operators are text, and \\ before a character does the same for one."),
    ("*", "Everything."),
)
