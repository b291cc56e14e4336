"""A sentence of things done one after another, as one sentence for each: the clauses that a script is made of.

“An old man bows, then walks away” is two sentences about an old man. What is done at once (“while”, “and”, a participle
after a comma) stays one. The rules are plain and can be foretold; a sentence that they don't fit stays whole.
"""

from __future__ import annotations

import re

MOST_CLAUSES = 8

_VERB = re.compile(r"[a-z]{2,}(?:[^s]s|ing)|bow|jump|kick|look|punch|raise|run|sit|stand|step|stop|turn|walk|wave")
_NO_VERBS = re.compile(
    "always|arms|elbows|eyes|feelings|fingers|fists|hands|heels|hips|his|its|knees|legs|palms|shoulders|sides|something|"
    "steps|this|thumbs|times|toes|wrists|.*wards|.*ways"
)
_DOES = re.compile(r"[a-z]{2,}[^s]s|goes|does|passes|crosses|crouches|punches|reaches|marches|dashes|pushes|touches")
_BREAK = re.compile(
    r"\s*[,;.]?\s*\b(?P<link>and then|then|after that|afterwards|and finally|finally|before(?= [a-z]+ing\b)|"
    r"after(?= [a-z]+ing\b))\b,?\s+|\s*(?P<end>[.;])\s+|\s*(?P<comma>,)\s+(?:and\s+)?|\s+(?P<and>and)\s+",
    re.IGNORECASE,
)
_FIRST_AFTER = re.compile(r"after (?P<earlier>[a-z]+ing\b[^,]*),\s+", re.IGNORECASE)
_PRONOUNS = frozenset({"he", "she", "they", "it"})
_STOP = re.compile(
    r"(?:stops|pauses|halts|comes to a (?:stop|halt))(?: (?:walking|running|moving|there))?", re.IGNORECASE
)
_STOP_LAST = re.compile(rf"\b(?:{_STOP.pattern})$", re.IGNORECASE)
_AT_ONCE = "at the same time"


def clauses(text: str) -> tuple[str, ...]:
    """The sentences that `text` tells one after another, in the order in which they are done; one is `text` itself.

    A stop between two of them is no sentence of its own: the next one begins from a stand.
    """
    found = _in_order(" ".join(text.split()).rstrip(" ."))
    return found if 1 < len(found) <= MOST_CLAUSES else (text,)


def is_action(part: str) -> bool:
    """Whether a part of a sentence, in lower case, says what to do: a word ends as verbs do and is no thing we know."""
    return any(_VERB.fullmatch(word) and not _NO_VERBS.fullmatch(word) for word in part.split())


def _in_order(text: str) -> tuple[str, ...]:
    if ahead := _FIRST_AFTER.match(text):
        main = text[ahead.end() :]
        return (_sentence(_subject(main), ahead["earlier"]), *_in_order(main))
    said, earlier = _parts(text)
    subject = _subject(said[0])
    sentences: list[str] = []
    for number, part in enumerate(said):
        if number < len(said) - 1 and _STOP.fullmatch(_without_subject(part, subject)):
            continue
        sentence = part if number == 0 else _sentence(subject, part)
        sentences.insert(max(len(sentences) - (number in earlier), 0), sentence)
    return tuple(sentences)


def _parts(text: str) -> tuple[list[str], set[int]]:
    """The parts of a sentence, as they are said, and the numbers of those that are done before the one before them."""
    parts, earlier, start, lists = [], set(), 0, False
    for found in _BREAK.finditer(text):
        before, rest = text[start : found.start()], text[found.end() :]
        if before and _breaks(found, before, rest, lists):
            parts.append(before)
            start, lists = found.end(), bool(found["comma"])
            if (found["link"] or "").lower() == "after":
                earlier.add(len(parts))
    return [*parts, text[start:]], earlier


def _breaks(found: re.Match[str], before: str, rest: str, lists: bool) -> bool:
    """Whether one thing ends here and the next begins. lists: `before` is an item of a list, which “and” may end."""
    following = _BREAK.split(rest, maxsplit=1)[0].lower()
    if not (is_action(before.lower()) and is_action(following)) or _AT_ONCE in following:
        return False
    if found["link"] or found["end"]:
        return True
    words = [word.strip(",.") for word in following.split()]
    does = next((word for word in words if word not in _PRONOUNS), "")
    follows = bool(_DOES.fullmatch(does)) and not _NO_VERBS.fullmatch(does)
    return follows and (bool(found["comma"]) or lists or bool(_STOP_LAST.search(before)))


def _subject(sentence: str) -> str:
    """The words before the first verb; none where the sentence is an order."""
    words = sentence.split()
    for place, word in enumerate(words):
        if is_action(word.strip(",.").lower()) or word.lower() in ("is", "are"):
            return " ".join(words[:place]).removesuffix(" first")
    return ""


def _without_subject(part: str, subject: str) -> str:
    words = part.removeprefix(subject).split()
    return " ".join(words[1:] if words and words[0].lower() in _PRONOUNS else words)


def _sentence(subject: str, part: str) -> str:
    """What is said of the subject, as a sentence: “walking” becomes “a man is walking”."""
    own, said = _subject(part), part
    if own.lower() in _PRONOUNS:
        own, said = "", _without_subject(part, "")
    if own:
        return said
    link = "is " if said.split()[0].lower().endswith("ing") else ""
    return f"{subject} {link}{said}".strip()
