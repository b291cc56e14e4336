"""Inference without torch: words in, Motion out. Knows numpy, onnxruntime and tokenizers, no other room."""
