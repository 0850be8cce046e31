"""The Configuration section: who else may come in, with what, and what was done; for administrators and operators."""
