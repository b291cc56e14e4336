"""From torch to ONNX: precision, parity report, bundle writing. Knows training, engine.motion and engine.bundle."""
