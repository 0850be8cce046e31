"""One module a format; `detect` tells which one a source is in."""
