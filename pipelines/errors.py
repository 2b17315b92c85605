"""The errors of this program, one small tree.

    GovnewsError
      SiteFileError      a site or family file is wrong
      UnknownSiteError   no such site
      StoreError         the database or the output folder cannot be used
        SchemaTooNewError  the database was written by a newer version
      ArchiveError       a WARC or a stored file is not what it should be
      ExportError        a copy out of the mirror cannot be written
      ScheduleError      a path or contact that no unit file or crontab can carry
      ContactMissingError  a live crawl without an address for the User-Agent

Messages name the file, URL or key, what is wrong and what to do; the command line prints them as they are.
"""

from __future__ import annotations


class GovnewsError(Exception):
    """Anything this program reports to its user in one sentence; a command that it ends has its exit code."""

    exit_code = 1


class SiteFileError(GovnewsError):
    """A site or family file that cannot be used; the message names the file and the key."""


class UnknownSiteError(GovnewsError):
    """A site name that no site file carries, or that the mirror holds nothing of; the message names those there are."""

    exit_code = 2


class StoreError(GovnewsError):
    """The database or the output folder cannot be used as it is."""


class SchemaTooNewError(StoreError):
    """The database was written by a newer version of this program."""


class ArchiveError(GovnewsError):
    """A WARC record or a stored file is not what it should be."""


class ExportError(GovnewsError):
    """A copy out of the mirror cannot be written as it was asked for."""


class ContactMissingError(GovnewsError):
    """A live crawl was asked for without an address that the User-Agent can carry."""


class ScheduleError(GovnewsError):
    """A path or contact that cannot be written into a unit file or crontab."""
