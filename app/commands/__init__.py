"""One module a command of `portal`; `app/cli.py` puts them together."""
