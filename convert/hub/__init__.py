"""The Hugging Face Hub: which file of a repository, its download, search and push."""
