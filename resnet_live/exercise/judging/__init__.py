"""Judge observations: which checks passed, and what to say about the others. For trusted processes only."""
