"""Our own styles and modules as they go over the wire: without what is for those who read the source.

A minifier would have to understand the languages; comments and indentation are most of what it would save after compression, and by the
form that our files have (comments begin a line, no text goes over several lines, none in a style sheet has a blank behind a mark: a test)
these are found without one.
"""

import re
from typing import Final

_COMMENT_IN_MODULE: Final = re.compile(rb"^[ \t]*(?://[^\n]*|/\*\*.*?\*/)\n", re.MULTILINE | re.DOTALL)
_COMMENT_IN_STYLE: Final = re.compile(rb"/\*.*?\*/", re.DOTALL)
# Blanks that separate nothing in a style sheet: behind a mark that does.
_NEEDLESS: Final = re.compile(rb"(?<=[:;{,]) +|(?<=[:;{},])\n")
_BLANK: Final = re.compile(rb"^[ \t\n]+", re.MULTILINE)


def lean(name: str, content: bytes) -> bytes:
    """The content of the file `name` without comments and needless blanks; files that are not ours stay as they are."""
    if name.startswith("js/"):
        return _BLANK.sub(b"", _COMMENT_IN_MODULE.sub(b"", content))
    if name.startswith("css/"):
        return _NEEDLESS.sub(b"", _BLANK.sub(b"", _COMMENT_IN_STYLE.sub(b"", content)))
    return content
