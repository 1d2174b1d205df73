"""zxcvbn's advice, which it gives in English, as keys of our own texts."""

from collections.abc import Iterator

TEXTS = {
    "Use a few words, avoid common phrases.": "advice.few_words",
    "No need for symbols, digits, or uppercase letters.": "advice.no_symbols",
    "Add another word or two. Uncommon words are better.": "advice.another_word",
    "Straight rows of keys are easy to guess.": "advice.straight_rows",
    "Short keyboard patterns are easy to guess.": "advice.keyboard_patterns",
    "Use a longer keyboard pattern with more turns.": "advice.more_turns",
    'Repeats like "aaa" are easy to guess.': "advice.repeated_letters",
    'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': "advice.repeated_words",
    "Avoid repeated words and characters.": "advice.avoid_repeats",
    'Sequences like "abc" or "6543" are easy to guess.': "advice.sequences",
    "Avoid sequences.": "advice.avoid_sequences",
    "Recent years are easy to guess.": "advice.recent_years",
    "Avoid recent years.": "advice.avoid_recent_years",
    "Avoid years that are associated with you.": "advice.own_years",
    "Dates are often easy to guess.": "advice.dates",
    "Avoid dates and years that are associated with you.": "advice.own_dates",
    "This is a top-10 common password.": "advice.top_10",
    "This is a top-100 common password.": "advice.top_100",
    "This is a very common password.": "advice.common",
    "This is similar to a commonly used password.": "advice.similar",
    "A word by itself is easy to guess.": "advice.single_word",
    "Names and surnames by themselves are easy to guess.": "advice.single_name",
    "Common names and surnames are easy to guess.": "advice.names",
    "Capitalization doesn't help very much.": "advice.capitals",
    "All-uppercase is almost as easy to guess as all-lowercase.": "advice.all_capitals",
    "Reversed words aren't much harder to guess.": "advice.reversed",
    "Predictable substitutions like '@' instead of 'a' don't help very much.": "advice.substitutions",
}


def keys_of(*sentences: str) -> Iterator[str]:
    """The keys of what zxcvbn says of a password; what it may have learned to say since is left out."""
    return (TEXTS[said] for said in sentences if said in TEXTS)
