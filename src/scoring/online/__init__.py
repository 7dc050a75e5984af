"""One request: its schemas, its rows, and the model bound to the launch that it asks for."""
