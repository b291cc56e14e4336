"""Training runs: one loop for every network, checkpoints that resume, and the two networks' own steps."""
