"""A site as the rows that the database keeps of it."""

from __future__ import annotations

from crawler.sitefile import Site


def site_row(site: Site) -> dict[str, str]:
    return {"id": site.name, "title": site.title, "home": site.home, "family": site.family}


def publisher_rows(site: Site) -> list[dict[str, str | None]]:
    return [
        {
            "name": publisher.name,
            "valid_from": publisher.valid_from.isoformat() if publisher.valid_from else None,
            "valid_to": publisher.valid_to.isoformat() if publisher.valid_to else None,
        }
        for publisher in site.publisher
    ]
