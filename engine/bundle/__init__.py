"""A model bundle on disk: manifest, checksums, sessions, execution providers."""
