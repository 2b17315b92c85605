"""Other doors into the mirror than the live web."""
