"""What runs inside the emulator's own environment (`.venv-emulator`): MiniStack, and what it lacks of our
templates.

`launcher` starts and stops it, `workspace` keeps its saved state, `types/` holds a file per CloudFormation
type it lacks, `properties/` a file per group of properties it drops, `tables` the consistency of global
tables, `workers` the cap on function processes, `probe` finds out what it would drop. Nothing here may call
the emulator over HTTP: this code runs on the event loop that would have to answer.
"""
