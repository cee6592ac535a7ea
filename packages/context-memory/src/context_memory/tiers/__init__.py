"""Sessions in three places, by how long ago they were used."""
