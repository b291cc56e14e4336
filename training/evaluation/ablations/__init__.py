"""Ablations: variants of one generator, trained alike from several seeds, measured alike, in one table."""
