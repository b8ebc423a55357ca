"""Write docs/availability.md from the templates and the last drill on record; `--check` fails if it is stale.

What a request passes is read from the templates, what AWS promises stands here with its page, and what was
measured comes from `docs/drill/last.json`, as `make drill` wrote it.
"""
