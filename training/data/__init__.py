"""Readers, captions, features and shards: from archives of motion capture to batches."""
