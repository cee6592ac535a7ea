"""What the user asks and how the scripted agent answers: one module a request, with all that it writes.

An edit is a pair: the text to replace, and the text in its place. Edits of existing files hang on single lines, so
that few changes of the sources can make them miss.
"""
