"""The doors for programs. They never import the pages."""
