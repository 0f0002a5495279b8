"""Ours in the process that runs a student's code: it observes, and decides nothing. Copied there; the package does not import it."""
