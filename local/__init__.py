"""The deployed templates on one machine: emulator, edge, region switch. Nothing here is imported by what is deployed."""
