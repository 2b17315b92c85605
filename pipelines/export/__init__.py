"""Copies out of the mirror: JSON lines, CSV, Parquet, Atom and WACZ.

Each module writes one format, as pieces of bytes or into an open file, from articles or captures that stream out of
one `snapshot` of the database. `destination` puts the whole file in its place or leaves nothing there.
"""
