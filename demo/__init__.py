"""The main job played with real parts: an Asterisk, phones that talk, our program, people over HTTP and WebSocket."""
