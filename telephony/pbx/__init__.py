"""The telephone exchange: its configuration, its check, its process. Nothing here knows calls or orders."""
