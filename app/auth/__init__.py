"""Who may come in, and to what: sessions, tokens, rights, and the pages for signing in."""
