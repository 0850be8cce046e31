"""The portal: pages, JSON API and command line; the only place that knows every part."""
