"""Starting, finding and talking to the engine: no module here needs bpy to be imported, none imports engine."""
