"""What the words did: attention of motion on words over time, and how much of it sank into the start token."""

from engine.alignment.alignment import Alignment
from engine.alignment.collector import Collector, Placing, Word

__all__ = ["Alignment", "Collector", "Placing", "Word"]
