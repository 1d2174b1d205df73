"""The colour that an operator has set, and those that are legible beside it."""

Colour = tuple[float, float, float]  # red, green and blue, 0 to 1
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
LINEAR_UP_TO = 0.04045  # IEC 61966-2-1
STEPS = 40  # from a colour to black or white
WHITE, BLACK = "#ffffff", "#000000"


def legible(value: str, *papers: str) -> str:
    """The colour itself where it is legible on all papers, else as little darker or lighter as makes it so."""
    end = BLACK if min(_light(paper) for paper in papers) > _light("#808080") else WHITE
    steps = (_mixed(value, end, step / STEPS) for step in range(STEPS + 1))
    return next((one for one in steps if all(contrast(one, paper) >= LEAST_CONTRAST for paper in papers)), end)


def ink_on(value: str) -> str:
    """Black or white, whichever is easier to read on it: one of them always is (at least 4.58 : 1)."""
    return max(WHITE, BLACK, key=lambda ink: contrast(ink, value))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    dark, bright = sorted((_light(one), _light(other)))
    return (bright + 0.05) / (dark + 0.05)


def _parts(value: str) -> Colour:
    red, green, blue = (int(value[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _light(value: str) -> float:
    """Its relative luminance, 0 to 1."""
    linear = [part / 12.92 if part <= LINEAR_UP_TO else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(value)]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def _mixed(value: str, end: str, share: float) -> str:
    parts = zip(_parts(value), _parts(end), strict=True)
    return "#" + "".join(f"{round((one * (1 - share) + other * share) * 255):02x}" for one, other in parts)
