"""Postfix lines to events beside `pflogsumm` (the Debian package) over the same made-up log, in turns.

Ours is what `portal index` does up to the store: reading the file, parsing in a process a core, joining the blocks. Prints lines a second,
the ratio of each round with its spread, and the peak memory of one process. `python bench/postfix.py [LINES]`.
"""

import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from indexer.formats.postfix import PostfixFormat
from indexer.sources import Meter, pieces
from indexer.survey import survey
from indexer.workers import in_order

MILLION = 1_000_000
ROUNDS = 5
START = datetime(2024, 11, 1, tzinfo=UTC)
_NAMES = ("jan", "piet", "anna", "sara", "tom", "lisa", "noor", "bram", "eva", "daan", "mila", "finn", "tess", "lars", "julia", "smith")
_DOMAINS = ("gmail.com", "outlook.com", "hotmail.com", "ziggo.nl", "kpnmail.nl", "icloud.com", "yahoo.com", "xs4all.nl")
_SENDERS = ("zorg.example", "gemeente.example", "bank.example", "school.example", "notaris.example")
# outcome and how often in a hundred
_OUTCOMES = (
    (90, "2.0.0, status=sent (250 2.0.0 Ok: queued as {other})"),
    (4, "4.2.0, status=deferred (host {mx} said: 450 4.2.0 <{to}>: Recipient address rejected: Greylisted (in reply to RCPT TO command))"),
    (3, "5.1.1, status=bounced (host {mx} said: 550 5.1.1 <{to}>: User unknown in virtual mailbox table (in reply to RCPT TO command))"),
    (2, "4.4.1, status=deferred (connect to {mx}:25: Connection timed out)"),
    (1, "5.7.1, status=bounced (host {mx} said: 554 5.7.1 Message looks like spam (in reply to end of DATA command))"),
)


def log(count: int, seed: int = 1) -> Iterator[str]:
    """About `count` lines in RFC 3164 form, messages side by side as on a busy server, spread over three weeks."""
    rng = random.Random(seed)  # noqa: S311 - sample data
    under_way: list[Iterator[tuple[str, str]]] = []
    step = timedelta(days=21) / count
    for number in range(count):
        if len(under_way) < 20:
            under_way.append(_message(rng))
        place = rng.randrange(len(under_way))
        told = next(under_way[place], None)
        if told is None:
            under_way[place] = _message(rng)
            told = next(under_way[place])
        moment = START + step * number
        yield f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S} mx1 postfix/{told[0]}: {told[1]}\n"


def _message(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Program and text of the lines of one message."""
    queue_id = "".join(rng.choices("0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz", k=15))
    sender = f"{rng.choice(_NAMES)}@{rng.choice(_SENDERS)}"
    client = f"app{rng.randrange(9)}.example[192.0.2.{rng.randrange(250)}]"
    smtpd, smtp = f"smtpd[{rng.randrange(2000, 2050)}]", f"smtp[{rng.randrange(3000, 3050)}]"
    recipients = rng.choice((1, 1, 1, 1, 2, 3))
    yield smtpd, f"connect from {client}"
    yield smtpd, f"{queue_id}: client={client}"
    yield "cleanup[1500]", f"{queue_id}: message-id=<{rng.randrange(10**12)}@{sender.partition('@')[2]}>"
    yield "qmgr[900]", f"{queue_id}: from=<{sender}>, size={rng.randrange(900, 90_000)}, nrcpt={recipients} (queue active)"
    yield smtpd, f"disconnect from {client} ehlo=1 mail=1 rcpt={recipients} data=1 quit=1 commands={recipients + 4}"
    for _ in range(recipients):
        domain = rng.choice(_DOMAINS)
        to, mx = f"{rng.choice(_NAMES)}.{rng.randrange(10_000)}@{domain}", f"mx{rng.randrange(4)}.{domain}[198.51.100.{rng.randrange(250)}]"
        outcome = rng.choices([text for _, text in _OUTCOMES], [weight for weight, _ in _OUTCOMES])[0]
        said = outcome.format(other="".join(rng.choices("0123456789ABCDEF", k=11)), mx=mx, to=to)
        yield smtp, f"{queue_id}: to=<{to}>, relay={mx}:25, delay=0.91, delays=0.05/0.01/0.4/0.45, dsn={said}"
    yield "qmgr[900]", f"{queue_id}: removed"


def theirs(path: Path) -> float:
    """Seconds of `pflogsumm` over the log."""
    begun = time.perf_counter()
    subprocess.run(["pflogsumm", path], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def ours(path: Path) -> tuple[float, int]:
    """Seconds from the file to events, and how many events."""
    begun = time.perf_counter()
    joiner, events = PostfixFormat().joiner(), 0
    problems: list[str] = []
    for outcome in in_order(pieces(survey([path]), Meter(), threading.Event(), problems), None):
        if outcome is not None:
            events += sum(len(list(joiner.add(parsed))) for parsed in outcome.parts)
    if problems:
        sys.exit("\n".join(problems))
    return time.perf_counter() - begun, events


def main() -> None:
    """Both, in turns."""
    if shutil.which("pflogsumm") is None:
        sys.exit("pflogsumm is not installed. On Debian or Ubuntu: apt-get install pflogsumm")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MILLION
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mail.log"
        with path.open("w") as file:
            file.writelines(log(count))
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        print(f"{count:,} lines, {path.stat().st_size / 1e6:.0f} MB; {machine}")
        ratios = []
        for number in range(ROUNDS):
            their = theirs(path)
            our, events = ours(path)
            ratios.append(their / our)
            print(
                f"round {number + 1}: pflogsumm {count / their:,.0f} lines/s, ours {count / our:,.0f} lines/s "
                f"({events:,} events), {their / our:.2f} times"
            )
    print(f"ratio: median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}")
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
