"""Summarizers by name. A new one is one file here and one line below."""

from context_compression.summarizers.callable import CallableSummarizer
from context_compression.summarizers.extractive import ExtractiveSummarizer
from context_compression.summarizers.openai import OpenAISummarizer

__all__ = ["CallableSummarizer", "ExtractiveSummarizer", "OpenAISummarizer"]
