"""The verbs of `govnews`, by what they are for; `crawler.cli` puts them together."""
