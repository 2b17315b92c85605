"""Scrapy settings: only what differs from Scrapy's defaults, each with its reason."""

from __future__ import annotations

import os
from pathlib import Path

BOT_NAME = "govnews-mirror"

# Sites are TOML files; each is a spider.
SPIDER_LOADER_CLASS = "crawler.loader.SiteSpiderLoader"
GOVNEWS_SITES = os.environ.get("GOVNEWS_SITES", "")

GOVNEWS_OUTPUT = Path(os.environ.get("GOVNEWS_OUTPUT", "output"))
GOVNEWS_CONTACT = os.environ.get("GOVNEWS_CONTACT", "")
# GOVNEWS_SITE, GOVNEWS_DELAY and GOVNEWS_TLS come from the site file; the command line may set another delay.
GOVNEWS_FULL = False
GOVNEWS_RETRY = False  # whether failed pages are tried again before their time
GOVNEWS_URLS = ()  # addresses to ask for, and nothing but what waits besides
GOVNEWS_ANY_TIME = False  # whether a site is crawled outside its `night` too
GOVNEWS_LIMIT = 0  # 0: no limit of pages
GOVNEWS_SINCE = ""  # an ISO day: listed articles that are printed with an earlier one are left for later
GOVNEWS_PROXY = ""  # a proxy for this crawl alone (the sample site); empty: the environment's
GOVNEWS_CLOCK = None  # a callable that tells the time, for tests
GOVNEWS_PACE_DIR = os.environ.get("GOVNEWS_PACE_DIR", str(Path.home() / ".cache" / "govnews" / "pace"))
GOVNEWS_PACE_BY_ADDRESS = True  # hosts that share an address share its pace
GOVNEWS_PROBE = True  # ask each host of the site once a run for an address that cannot exist, to know its excuses
GOVNEWS_GUARD = True  # refuse private and loopback addresses

# asyncio without Twisted's reactor: our download handler is an asyncio one, and tests run in-process.
TWISTED_REACTOR_ENABLED = False

# One handler archives every response; nothing else may be fetched (file:, data:, s3:, ftp: are on by default).
DOWNLOAD_HANDLERS = {
    "http": "crawler.fetch.ArchivingDownloadHandler",
    "https": "crawler.fetch.ArchivingDownloadHandler",
    "file": None,
    "data": None,
    "s3": None,
    "ftp": None,
}
DOWNLOAD_TIMEOUT = 60  # seconds, the whole exchange of a page; files get more
DOWNLOAD_MAXSIZE = 0  # our handler has its own caps, by kind of link
DOWNLOAD_DELAY = 0  # our pacer spaces requests, one for the whole process
CONCURRENT_REQUESTS = 16  # most wait in the pacer; one connection a host by default
CONCURRENT_REQUESTS_PER_DOMAIN = 16
CONCURRENT_ITEMS = 1  # a callback yields one item, and Scrapy starts so many tasks for every answer
WARN_ON_GENERATOR_RETURN_VALUE = False  # it parses the source of a callback anew for every answer

# The frontier is the links table: no second memory of what was seen, no order but its own.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.ScrapyPriorityQueue"

# What Scrapy puts around requests and pages. The whole tables are ours: what is only switched off is imported all the
# same, and each component costs every request something. Our own guard obeys robots.txt (and holds the host where
# Scrapy's would fail open); the frontier has no hidden retries or redirects; our handler decodes, with a cap, after the
# bytes are archived; our requests say all that they say, and ask for no language; a 404 is evidence; `runs` counts.
DOWNLOADER_MIDDLEWARES_BASE = {"scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
EXTENSIONS_BASE = {
    "scrapy.extensions.closespider.CloseSpider": 0,  # for those who run `scrapy crawl` with its own limits …
    "scrapy.extensions.feedexport.FeedExporter": 0,  # … and outputs
}

ITEM_PIPELINES = {
    "pipelines.normalise.NormalisePipeline": 100,
    "pipelines.validate.ValidatePipeline": 200,
    "pipelines.storepipeline.StorePipeline": 300,
}

LOG_LEVEL = "WARNING"
LOG_FORMAT = "%(message)s"  # warnings are sentences for the person who runs the crawl
LOG_FORMATTER = "crawler.loglines.QuietLogFormatter"
