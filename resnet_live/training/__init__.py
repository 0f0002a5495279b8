"""Training loops: chapter 8's in plain PyTorch, and the fast trainer of the recorded experiments."""
