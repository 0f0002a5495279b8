"""The synthetic dataset: ten classes drawn by the package, for machines with no images and no network."""
