"""The command line of operators: `postern …`, one file a group of commands."""
