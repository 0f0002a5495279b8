"""What runs in the kernel of a live notebook: magics, the state of the class, capture of cells, hints, catch-up, remote control."""
