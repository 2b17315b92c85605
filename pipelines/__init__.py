"""Keeps what was found: the records, the item pipelines, the store and the archive.

Nothing here knows of sites or spiders; imports go from `crawler` to `pipelines`, never back.
"""
