"""What can stop an index run, as types; each text names the place and the cure and is fit to be shown to a user."""

from indexer.summary import Summary


class IndexingError(Exception):
    """The root of what stops a run, or a part of it, on purpose."""


class SourceError(IndexingError):
    """A file or stream that is missing, no file, unreadable, or damaged on the way."""


class UnknownFormatError(IndexingError):
    """Content that no format recognises, or the name of a format there is not."""


class WorkerDiedError(IndexingError):
    """A reading process ended before it answered: killed, out of memory, or crashed."""


class WriteFailedError(IndexingError):
    """The event store refused a batch; `__cause__` is the store's own error."""


class IncompleteError(IndexingError):
    """Some sources could not be read to their end; what could be read is kept. The text has a line for each, `summary` the counts."""

    def __init__(self, message: str, summary: Summary) -> None:
        super().__init__(message)
        self.summary = summary
