"""Page in, links out: listings, paging, feeds and sitemaps. No Scrapy, no network, no clock."""
