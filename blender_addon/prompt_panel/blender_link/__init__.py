"""Between the prompt window and Blender: JSON lines over stdin and stdout, as PROTOCOL.md describes them."""
