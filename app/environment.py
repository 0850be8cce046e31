"""What the environment and a `.env` file say together, and which lines of the file cannot be read."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

_MAX_FILE = 100_000  # characters of a `.env` that are read
_PREFIX = "PORTAL_"


@dataclass(frozen=True, slots=True)
class Environment:
    """Names and values, and a line for each problem that there was in reading them."""

    values: Mapping[str, str]
    problems: tuple[str, ...] = ()


def read(environ: Mapping[str, str], file: Path = Path(".env")) -> Environment:
    """The environment, on top of what the file says where there is one; what cannot be read there is a problem, never an exception."""
    try:
        with file.open(encoding="utf-8") as stream:
            text = stream.read(_MAX_FILE)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return Environment(environ)  # a folder of that name is somebody's virtual environment
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return Environment(environ, (f"{file} cannot be read: {reason}. Mend or remove it.",))
    bindings = list(parse_stream(io.StringIO(text)))
    good = "".join(binding.original.string for binding in bindings if not binding.error)
    values = {name: value for name, value in dotenv_values(stream=io.StringIO(good)).items() if value is not None}
    return Environment({**values, **environ}, tuple(_problems(bindings, file)))


def _problems(bindings: list[Binding], file: Path) -> Iterator[str]:
    """The lines that say nothing, or name one of our settings without a value."""
    for binding in bindings:
        text = binding.original.string
        line = binding.original.line + len(text) - len(text.lstrip("\n"))
        if binding.error or (binding.value is None and (binding.key or "").startswith(_PREFIX)):
            yield f"{file}, line {line} is not a setting: {text.strip()[:60]!r}. Write NAME=value."
