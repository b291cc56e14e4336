"""How long motions take and where the time goes, beside the same weights in PyTorch and the paper's own schedule."""
