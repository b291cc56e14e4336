"""MATE: the word embeddings of a text encoder, moved until the words of motion mean motion. Nothing else is changed."""
