"""Event sources in, events out: formats, reading, the pipeline."""
