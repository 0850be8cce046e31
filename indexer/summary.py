"""What a run counted, and how far it is."""

from dataclasses import dataclass, field

from indexer.records import Rejected


@dataclass(slots=True)
class Summary:
    """What a run did. `read` counts records (lines of a log), `events` what they gave, `new` what the store did not have.

    An event that comes again because a later line completes it counts once in `events`. `changed` ones were completed, `same` were
    there as they are. `stopped` says that the run was asked to stop before its end. `examples` are the first few rejected
    records, `warnings` sentences about what was not as it should be and did not hinder the run.
    """

    read: int = 0
    events: int = 0
    new: int = 0
    rejected: int = 0
    seconds: float = 0.0
    changed: int = 0
    same: int = 0
    stopped: bool = False
    examples: list[Rejected] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: `done` of `total` bytes as stored (None: without an end), and the counts so far."""

    done: int
    total: int | None
    read: int
    events: int
    rejected: int
    source: str
