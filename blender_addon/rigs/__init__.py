"""What a rig is: its bones at rest, which of them are a body's, and which controls to key."""
