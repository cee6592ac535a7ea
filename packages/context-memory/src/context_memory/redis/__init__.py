"""Sessions and contents on a Redis server."""
