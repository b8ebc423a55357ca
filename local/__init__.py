"""Our templates on one machine: emulator, edge, region switch. Nothing that is deployed imports it."""
