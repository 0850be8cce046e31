"""Events with values that no engine can index as they are: overlong, unprintable, no address, not finite, far too many."""

import math
from typing import Final

from store.event import Event

PLAIN: Final = {"type": "delivery", "source": "ndjson", "sender": "jan@x.nl", "sender_domain": "x.nl"}
_BEGIN: Final = 1_730_000_000_000
_HUGE: Final = 10**30
_ODD: Final[tuple[dict[str, object], ...]] = (
    {"subject": "x" * 600, "sender": "a" * 600 + "@x.nl"},
    {"subject": "word " * 9000 + "end", "diagnostic": "d" * 40_000},
    {"subject": "tab\there\nand there\r\0", "diagnostic": "\u2028 line \u200b zero \ufeff", "sender": "jan\t@x.nl"},
    {"subject": "\ud800 half", "sender": "\udcff@x.nl", "tags": ("\ud800", "ok")},
    {"remote_ip": "not an address"}, {"remote_ip": "::ffff:192.0.2.1"}, {"remote_ip": "2001:DB8:0:0::1"}, {"remote_ip": "192.0.2.256"},
    {"remote_ip": "fe80::1%eth0"}, {"remote_ip": "192.0.2.1"}, {"remote_ip": " 192.0.2.1"}, {"remote_ip": "010.0.0.1"},
    {"smtp_code": _HUGE}, {"smtp_code": -_HUGE}, {"smtp_code": 2**63 - 1}, {"smtp_code": -(2**63)}, {"smtp_code": 2**63},
    {"delay": -0.0}, {"delay": 0.0}, {"delay": math.nan}, {"delay": math.inf}, {"delay": -math.inf}, {"delay": 1e300},
    {"delay": 5e-324},
    {"delay": 1.9000000000000001}, {"delay": 1.9}, {"delay": -3.5}, {"delay": 0.1 + 0.2}, {"delay": 12345678901234567890.0},
    {"tags": tuple(f"tag {number}" for number in range(150))}, {"tags": ("A" * 600, "", "Tab\t", "A" * 600)}, {"tags": ("",)},
    {"sender": "", "recipient": "", "subject": "", "diagnostic": "", "mx": "", "queue_id": ""},
    {"sender": "\u0130STANBUL@\u0130.example", "recipient": "\u03a3\u03a3@\u03a3.example", "message_id": "<\u0130\u03a3>"},
    {"sender": "\U0001d400" * 300 + "@math.example", "message_id": "m" * 511 + "\u00e9"}, {"message_id": "m" * 512},
    {"message_id": "m" * 513},
    {"type": "", "source": ""}, {"type": "T" * 600, "source": "\x00"}, {"mx": " lead and trail ", "queue_id": "\x7f\x80\x9f"},
    {"subject": 'as_read: "as_read":', "diagnostic": '{"as_read":{}}'}, {"subject": "\U0010ffff\U0001f600\ufffe", "diagnostic": "\u00ad"},
    {"recipient": "no at sign", "sender": "@", "original_recipient": "a@b@c.example"}, {"sender": "x@" + "d" * 600},
    {"subject": "jan@x.nl " * 50 + "piet" + "y" * 600 + "@x.nl"}, {"recipient_certain": True, "expired": False},
    {"raw": "r" * 50_000}, {"raw": "\x00\ud800"}, {"status": "5.1.1 ", "reason": "\u3000wide"}, {"smtp_command": "RCPT\tTO"},
)  # fmt: skip
_IDS: Final = (
    "", "i" * 512, "i" * 513, "\u00e9" * 300, "I\u0130", "id with blanks", "tab\tid", "\ud800", "#", "_x", "-", "..", "a/b?c#d", "\x00",
    "*",
    "\U0001f600" * 200, "\u00df", '"quoted"', "\\", "%2F",
)  # fmt: skip


def odd_events() -> tuple[Event, ...]:
    """All of them, each with an id and a time of its own, some months apart."""
    odd = [
        PLAIN | ({"sender_domain": None} if "sender" in values else {}) | values | {"id": f"odd{number:02d}"}
        for number, values in enumerate(_ODD)
    ]
    odd += [PLAIN | {"id": name} for name in _IDS]
    return tuple(Event(**values, timestamp=_BEGIN + number * 86_400_000) for number, values in enumerate(odd))  # type: ignore[arg-type]
