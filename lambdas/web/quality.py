"""Reading headers like Accept and Accept-Language."""


def qualities(header: str) -> list[tuple[str, float]]:
    """Each alternative in lower case with its weight (RFC 9110, 12.4.2); an unreadable weight counts as 0.

    >>> qualities("text/html, application/json;q=0.9")
    [('text/html', 1.0), ('application/json', 0.9)]
    """
    found = []
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter[2:])
        if name:
            found.append((name, weight))
    return found


def _weight(text: str) -> float:
    whole, _, decimals = text.partition(".")
    if whole in {"0", "1"} and len(decimals) <= 3 and (not decimals or decimals.isdecimal()):
        return min(float(f"{whole}.{decimals or 0}"), 1.0)
    return 0.0
