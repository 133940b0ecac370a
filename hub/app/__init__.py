"""The running hub: one composition root, its web routes and its processes."""
