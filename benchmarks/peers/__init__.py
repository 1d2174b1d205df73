"""Those that Postern is measured beside: a folder for the program of each, modules for how they are asked."""
