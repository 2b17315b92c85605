"""Finds the pages of government sites and reads them into records."""
