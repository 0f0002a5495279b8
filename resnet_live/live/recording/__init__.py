"""Classes recorded, cleaned of what is private, published and rehearsed."""
