"""Asks both engines the same generated queries, beside the plain reading of each query, and shows every answer that differs.

    scripts/compare-engines [--queries N] [--seed S] [--url URL]

Rows in a random order, a random scope, time range and paging, counts, histograms and most frequent values are compared too. Prints how many
queries were compared and found something; exit 1 where one differed. The node is that of PORTAL_TEST_ELASTICSEARCH_URL unless named.
"""

import argparse
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "contract")]

from comparing import Comparison, Pair  # noqa: E402 - the checkout comes first
from elastic_cleanup import without_trace  # noqa: E402 - likewise
from letters import LETTERS  # noqa: E402 - likewise
from test_query_cases import CASES, EVENTS, MALFORMED, typed  # noqa: E402 - likewise
from typed_queries import Typist  # noqa: E402 - likewise

from store.elastic import Address, ElasticStore  # noqa: E402 - likewise
from store.embedded import EmbeddedStore  # noqa: E402 - likewise

THREADS = 4


def main() -> int:
    """Run; 0 where no answer differed."""
    options = argparse.ArgumentParser(description="Compare the answers of both engines.")
    options.add_argument("--queries", type=int, default=5_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--url", default=os.environ.get("PORTAL_TEST_ELASTICSEARCH_URL"), help="a node of Elasticsearch")
    chosen = options.parse_args()
    if not chosen.url:
        options.error("name a node: --url, or PORTAL_TEST_ELASTICSEARCH_URL (scripts/elasticsearch start prints one)")
    events = (*EVENTS, *LETTERS)
    typist = Typist(chosen.seed, events, [typed(case) for case in (*CASES, *MALFORMED)])
    with opened(chosen.url) as pair:
        pair.write(events)
        comparison = Comparison(pair, events)
        asked = [(chosen.seed * 1_000_003 + number, *typist.readable()) for number in range(chosen.queries)]
        with ThreadPoolExecutor(THREADS) as threads:
            some = different = 0
            for found in threads.map(lambda each: comparison.of(*each), asked):
                some += found.matching > 0
                if found.difference:
                    different += 1
                    print(json.dumps({"query": found.query, "difference": found.difference}, ensure_ascii=False), flush=True)
    print(f"{chosen.queries:,} queries, {some:,} of which find events; {different:,} answered differently")
    return 1 if different else 0


@contextmanager
def opened(url: str) -> Iterator[Pair]:
    """Both engines, empty; afterwards nothing of them is left."""
    prefix = f"compare-{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory() as folder:
        pair = Pair(EmbeddedStore(Path(folder) / "events"), ElasticStore(Address((url,)), prefix=prefix, patience=60))
        try:
            yield pair
        finally:
            pair.close()
            without_trace(url, [prefix])


if __name__ == "__main__":
    sys.exit(main())
