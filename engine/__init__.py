"""Inference without torch: words in, Motion out. Knows numpy, onnxruntime and tokenizers, and none of the other rooms."""
