"""New motions out of old ones, with their captions: joined in time, layered in space, re-timed in tempo."""
