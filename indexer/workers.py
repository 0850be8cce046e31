"""Parses blocks in worker processes and gives the results back in order, with a bounded number under way."""

import os
import pickle
import queue
import signal
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Final, Self

import msgspec

from indexer.collecting import rarely_collected
from indexer.errors import WorkerDiedError
from indexer.records import Block, Format, Parsed, Rejected
from indexer.sources import Piece
from store.event import Event

SMALL: Final = 4 << 20  # bytes that are parsed here before it is worth the time to start processes
_AHEAD: Final = 2  # blocks given out per worker: one it works on and one that waits
_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(list[Event]).decode


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one piece; `parts` is more than one where the block had to be split."""

    piece: Piece
    parts: tuple[Parsed, ...]


def in_order(pieces: Iterable[Piece | None], processes: int | None) -> Generator[Outcome | None, None, None]:
    """Parse every piece, in order; None where nothing comes now.

    `processes`: how many (None: one a core; 0: none, all in this process). They are started once the input turns out not to be small.
    Raises `WorkerDiedError`.
    """
    wanted = _cores() if processes is None else processes
    seen = 0
    rest = iter(pieces)
    for piece in rest:
        yield None if piece is None else Outcome(piece, parsed_safely(piece))
        seen += 0 if piece is None or isinstance(piece.content, Rejected) else len(piece.content.data)
        if wanted and seen >= SMALL:
            with Workers(wanted) as workers:
                yield from workers.in_order(rest)


def _cores() -> int:
    """The cores this process may use; Linux tells, other systems only how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parsed_safely(piece: Piece) -> tuple[Parsed, ...]:
    """Parse here.

    A format that raises has a defect: the block is split until the record that it fails on stands alone, and that one is rejected.
    """
    if isinstance(piece.content, Rejected):
        return (Parsed(rejected=[piece.content], read=1),)
    return _parsed(piece.format, piece.content)


def _parsed(form: Format, block: Block) -> tuple[Parsed, ...]:
    try:
        return (form.parse(block),)
    except Exception as error:  # noqa: BLE001 - whatever a record does to a parser, it must not stop the run
        half = _middle(form, block.data)
        if not half:
            reason = f"the {form.name} reader failed on it ({type(error).__name__}: {error})"
            return (Parsed(rejected=[Rejected(block.source, block.line, block.offset, reason, block.data)], read=1),)
    first, second = block.data[:half], block.data[half:]
    line, offset = block.line + first.count(b"\n"), block.offset + half
    return (
        *_parsed(form, Block(block.source, first, block.line, block.offset, block.modified)),
        *_parsed(form, Block(block.source, second, line, offset, block.modified)),
    )


def _middle(form: Format, data: bytes) -> int:
    """Where the data can be cut in two, as near to the middle as the first record's length allows; 0 where it is one record."""
    part, size = len(data) // 2, len(data)
    while part < size:
        if whole := form.cut(data[:part]):
            return whole
        part = (part + size + 1) // 2
    return 0


class Workers:
    """A fixed number of processes, each with a pipe of its own: when this process dies, however it dies, they see its end and go.

    A thread per process asks and waits, so that blocks travel while events are written.
    """

    def __init__(self, count: int) -> None:
        context = get_context("spawn")  # "fork" is unsafe beside threads; "forkserver" leaves a folder in /tmp behind when it is killed
        self._processes: list[BaseProcess] = []
        self._idle: queue.SimpleQueue[tuple[BaseProcess, Connection]] = queue.SimpleQueue()
        self._connections: list[Connection] = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True, name="portal-reader")
            process.start()
            theirs.close()
            self._processes.append(process)
            self._connections.append(ours)
            self._idle.put((process, ours))
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="portal-reader")
        self._ahead = count * _AHEAD

    def in_order(self, pieces: Iterable[Piece | None]) -> Iterator[Outcome | None]:
        """The outcomes of the pieces in their order; raises `WorkerDiedError`."""
        asked: deque[Future[Outcome]] = deque()
        for piece in pieces:
            if piece is None:
                yield None
            else:
                asked.append(self._threads.submit(self._ask, piece))
            while asked and (len(asked) > self._ahead or asked[0].done()):
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self._processes:
            process.kill()  # they hold nothing worth keeping; a thread that waits for one sees its end
        self._threads.shutdown(cancel_futures=True)
        for process, connection in zip(self._processes, self._connections, strict=True):
            process.join()
            process.close()
            connection.close()

    def _ask(self, piece: Piece) -> Outcome:
        process, connection = worker = self._idle.get()
        try:
            connection.send_bytes(pickle.dumps(piece))
            answer = connection.recv_bytes()
        except (EOFError, OSError):
            process.join()
            raise WorkerDiedError(_last_words(process, piece)) from None
        finally:
            self._idle.put(worker)
        return Outcome(piece, _unpacked(answer))


def _serve(connection: Connection) -> None:
    """A worker's life: a piece in, what it gave out, until the other end is closed."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they go to the whole group; the parent decides when to stop
    with rarely_collected():
        while True:
            try:
                piece: Piece = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the parent process, nobody else has this pipe
                connection.send_bytes(_packed(parsed_safely(piece)))
            except (EOFError, OSError):
                return


def _packed(parts: tuple[Parsed, ...]) -> bytes:
    """Events as MessagePack, a tenth of the cost of pickling them; the rest is small and pickled."""
    return pickle.dumps([(_ENCODE(part.events), part.rejected, part.read, part.state) for part in parts])


def _unpacked(answer: bytes) -> tuple[Parsed, ...]:
    parts = pickle.loads(answer)  # noqa: S301 - from our own worker, through a pipe that nobody else has
    return tuple(Parsed(_DECODE(events), rejected, read, state) for events, rejected, read, state in parts)


def _last_words(process: BaseProcess, piece: Piece) -> str:
    code = process.exitcode
    how = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
    place = f"{piece.content.source}, line {piece.content.line}"
    return (
        f"{place}: the process that read this {how} (killed, or out of memory). "
        "Everything written before is kept: run the same command again to go on"
    )
