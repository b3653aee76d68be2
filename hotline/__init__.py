"""The front door: settings and composition, the command line, and the page that says which fact leads to which deed."""
