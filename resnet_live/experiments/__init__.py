"""Long runs, made once on the real images and kept in `recorded/` with where they come from."""
