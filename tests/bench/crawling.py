"""Measures crawling on a generated portal: speed, memory, and the pace of many sites at once.

    python tests/bench/crawling.py [speed] [memory] [pace] [--articles N] [--pending N] [--sites N] [--seconds N]

speed   pages a second of a whole crawl with all delays off, beside 1 / (fetch + read + archive + store, each measured
        alone in the same run) and beside a bare Scrapy spider that fetches the same addresses from the same server.
        The bar: at least 0.7 of the former.
memory  the peak of a crawl that has 100,000 links waiting. The bar: 300 MB.
pace    300 sites in one process, a request per 5 seconds each. The bar, from the server's own log: never less than the
        delay between two requests to a host, and the median near it (pauses are stretched by up to a fifth).
"""

from __future__ import annotations

import argparse
import sys

import crawlmemory
import crawlpace
import crawlspeed

PARTS = ("speed", "memory", "pace")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help="which of the three; all")
    parser.add_argument("--articles", type=int, default=500, help="pages of the speed part")
    parser.add_argument("--pending", type=int, default=100_000, help="links that wait in the memory part")
    parser.add_argument("--sites", type=int, default=300, help="sites of the pace part")
    parser.add_argument("--seconds", type=float, default=5.0, help="the delay of the pace part")
    args = parser.parse_args()
    for part in args.parts or PARTS:
        if part == "speed":
            crawlspeed.measure(args.articles)
        elif part == "memory":
            crawlmemory.measure(args.pending)
        else:
            crawlpace.measure(args.sites, args.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
