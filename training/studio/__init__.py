"""`motionwright train all`: from a folder of one's own clips to a bundle, step by step, each a command of its own."""
