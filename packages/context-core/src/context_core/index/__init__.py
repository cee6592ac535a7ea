"""The search index: a lexical and a dense half over the passages of nodes, in one SQLite file."""
