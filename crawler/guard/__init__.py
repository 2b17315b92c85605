"""Manners and safety: how often a host is asked, which addresses are never asked, when a host is left alone."""
