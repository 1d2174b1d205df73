"""Whether some cases take longer than others, beyond what chance does.

A permutation test of the spread of the medians (E. Edgington & P. Onghena, Randomization Tests, 4th ed.): if the
case does not matter, the labels of the tries may be dealt anew, and the spread is as large as often. Medians, because
the times of a network have a long tail (S. Crosby, D. Wallach & R. Riedi, Opportunities and Limits of Remote Timing
Attacks, ACM TISSEC 12(3), 2009, compare quantiles for the same reason).

With enough tries any difference is beyond chance, and an answer's time always differs by some microseconds. So a
difference counts only where it is also larger than a threshold.
"""

import random
import statistics
from dataclasses import dataclass

DEALS = 500
QUANTILE = 0.99  # of the spreads that chance makes
Times = dict[str, list[float]]


@dataclass(frozen=True)
class Comparison:
    """All in milliseconds: the spread of the cases' medians, and what chance makes of it in 99 of 100 deals."""

    medians: dict[str, float]
    spread: float
    chance: float

    def differs(self, threshold: float) -> bool:
        """Whether the spread is beyond both chance and the threshold (ms)."""
        return self.spread > max(self.chance, threshold)


def compare(times: Times, seed: int | None = None) -> Comparison:
    """What the times (ms) of each case tell."""
    medians = {case: statistics.median(found) for case, found in times.items()}
    return Comparison(medians, _spread(list(times.values())), _chance(times, random.Random(seed)))  # noqa: S311


def _spread(groups: list[list[float]]) -> float:
    medians = [statistics.median(group) for group in groups]
    return max(medians) - min(medians)


def _chance(times: Times, dealer: random.Random) -> float:
    deck = [time for found in times.values() for time in found]
    spreads = []
    for _ in range(DEALS):
        dealer.shuffle(deck)
        hand = iter(deck)
        spreads.append(_spread([[next(hand) for _ in found] for found in times.values()]))
    return sorted(spreads)[int(DEALS * QUANTILE)]
