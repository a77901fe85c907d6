"""Robot policies: from their own files and their deployment loop to a bundle."""
