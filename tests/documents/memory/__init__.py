"""How much memory the page takes while it plays for an hour."""
