"""Tools of the repository: the set-up behind the Makefile and the translation catalogues."""
