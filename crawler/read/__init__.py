"""Page in, article out: pure functions, no network, no Scrapy."""
