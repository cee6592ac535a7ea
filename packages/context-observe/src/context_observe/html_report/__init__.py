"""The report on a session: one HTML page of its own, with no script, style, font or picture from elsewhere."""
