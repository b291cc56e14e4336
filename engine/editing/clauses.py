"""A sentence of things done one after another, as one sentence for each: the clauses that a script is made of.

“An old man bows, then walks away” is two sentences about an old man. What is done at once (“while”, “as”, “and”,
a participle after a comma) stays one. The rules are plain and can be foretold; a sentence that they don't fit stays
whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_CLAUSES = 8

_VERB = re.compile(r"[a-z]{2,}(?:[^s]s|ing)|bow|jump|kick|look|punch|raise|run|sit|stand|step|stop|turn|walk|wave")
_NO_VERBS = re.compile(
    "always|arms|elbows|eyes|feelings|fingers|fists|hands|heels|hips|his|its|knees|legs|palms|shoulders|sides|something|"
    "steps|this|thumbs|times|toes|wrists|.*wards|.*ways"
)
_DOES = re.compile(r"[a-z]{2,}[^s]s|goes|does|passes|crosses|crouches|punches|reaches|marches|dashes|pushes|touches")
_STEPS = re.compile(r"\bsteps (?:forward|back|to|side|aside|up|away|off|around|left|right|out|over)")
_PERFECT = re.compile(r"\b(?:has|have|having) (?:been )?(?=[a-z]+(?:ed|ing)\b|done|gone|run|taken)", re.IGNORECASE)
_DEED = re.compile(
    r"(?:an?|some|his|her|their)\b.*\b(?:bow|dance|jog|jump|kick|leap|punch|run|sprint|stroll|turn|walk|wave)s?\b"
)
_PRONOUNS = frozenset({"he", "she", "they", "it"})
_WHO = r"(?=(?:he|she|they|it|the|an?) )"

# What comes later: told after the link. “Before” and “until” link only what is done, not places and times.
_LATER = (
    r"(?:then|next(?! to)|after (?:that|this|which)|afterwards?|later(?: on)?|finally|eventually|subsequently|"
    r"(?:at|in) the end|at last|(?:(?:is )?followed|ends|finishes|ending|finishing) (?:by|with)|"
    rf"(?:before|until|till) (?:(?=[a-z]+ing\b)|{_WHO}))"
)
_BREAK = re.compile(
    rf"\s*[,;.]?\s*\b(?:and\s+|but\s+)?(?P<later>{_LATER})\b,?\s*|"
    rf"\s*,?\s*\b(?P<earlier>after (?:(?=[a-z]+ing\b)|{_WHO}))\s*|"
    r"\s*(?P<end>[.;])\s+|\s*(?P<comma>,)\s+(?:and\s+)?|\s+(?P<and>and)\s+",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"(?P<order>after|before|once|as soon as|(?=having\b))\s*(?P<told>[^,]*),\s+(?P<main>.*)", re.IGNORECASE
)
_FIRST = re.compile(r"first,?\s+(?=.*[,.;]| then )", re.IGNORECASE)
_MARKS = re.compile(r"\s+(?:first|next|last|afterwards?|later|(?:at|in) the end)$|^(?:to )?first\s+", re.IGNORECASE)
_DURING = re.compile(r"(?:as(?! soon)|while|whilst|with|during)\b[^,]*,\s+", re.IGNORECASE)
_AT_ONCE = re.compile(r"at the same time|all the while|meanwhile|simultaneously|at once")
_STOP = re.compile(
    r"(?:stops|pauses|halts|comes to a (?:stop|halt))(?: (?:walking|running|moving|there))?", re.IGNORECASE
)
_STOP_LAST = re.compile(rf"\b(?:{_STOP.pattern})$", re.IGNORECASE)


def clauses(text: str) -> tuple[str, ...]:
    """The sentences that `text` tells one after another, in the order in which they are done; one is `text` itself.

    A stop between two of them is no sentence of its own: the next one begins from a stand.
    """
    found = _in_order(" ".join(text.split()).rstrip(" ."))
    return found if 1 < len(found) <= MOST_CLAUSES else (text,)


def is_action(part: str) -> bool:
    """Whether a part of a sentence, in lower case, says what to do: a word ends as verbs do and is no thing we know."""
    return any(_VERB.fullmatch(word) and not _NO_VERBS.fullmatch(word) for word in part.split()) or bool(
        _STEPS.search(part)
    )


@dataclass(frozen=True)
class _Part:
    """A part of a sentence. earlier: it is done before the one that is told before it."""

    text: str
    earlier: bool = False


def _in_order(text: str) -> tuple[str, ...]:
    text = _FIRST.sub("", text, count=1) if _FIRST.match(text) else text
    ahead = _AHEAD.fullmatch(text)
    if ahead and _is_deed(ahead["told"].lower()) and is_action(ahead["main"].lower()):
        return _with_ahead(ahead)
    parts = _parts(text)
    subject, does = _subject_and_verb(_DURING.sub("", parts[0].text, count=1))
    sentences: list[str] = []
    for number, part in enumerate(parts):
        if number < len(parts) - 1 and _STOP.fullmatch(_without_subject(part.text, subject)):
            continue
        sentence = _MARKS.sub("", part.text) if number == 0 else _sentence(subject, does, part.text)
        sentences.insert(max(len(sentences) - part.earlier, 0), sentence)
    return tuple(sentences)


def _with_ahead(ahead: re.Match[str]) -> tuple[str, ...]:
    """“After walking, she bows” and “before she bows, a woman walks”: what is told ahead of the rest, in its place."""
    told, main = ahead["told"], ahead["main"]
    subject, does = _subject_and_verb(main)
    own, _ = _subject_and_verb(told)
    if subject.lower() in _PRONOUNS and own:
        subject, main = own, f"{own} {_without_subject(main, subject)}"
    sentence, rest = _sentence(subject, does, told), _in_order(main)
    return (*rest, sentence) if ahead["order"].lower() == "before" else (sentence, *rest)


def _parts(text: str) -> list[_Part]:
    """The parts of a sentence, as they are told; the only one where nothing follows."""
    parts: list[_Part] = []
    during = _DURING.match(text)
    start, lists, earlier = 0, False, False
    for found in _BREAK.finditer(text, during.end() if during else 0):
        before, rest = text[start : found.start()], text[found.end() :]
        if before and _breaks(found, before, rest, lists):
            parts.append(_Part(before, earlier))
            start, lists, earlier = found.end(), bool(found["comma"]), bool(found["earlier"])
    return [*parts, _Part(text[start:], earlier)]


def _breaks(found: re.Match[str], before: str, rest: str, lists: bool) -> bool:
    """Whether one thing ends here and the next begins. lists: `before` is an item of a list, which “and” may end."""
    following = _BREAK.split(rest, maxsplit=1)[0].lower()
    if not following or not is_action(before.lower()) or _AT_ONCE.search(following):
        return False
    if found["later"] or found["earlier"]:
        return _is_deed(following) or (bool(found["later"]) and _is_elliptic(following))
    if found["comma"] and before.endswith(" first") and _is_elliptic(following):
        return True
    if not is_action(following):
        return False
    if found["end"]:
        return True
    words = [word.strip(",.") for word in following.split()]
    does = next((word for word in words if word not in _PRONOUNS), "")
    follows = bool(_DOES.fullmatch(does)) and not _NO_VERBS.fullmatch(does)
    return follows and (bool(found["comma"]) or lists or bool(_STOP_LAST.search(before)))


def _is_deed(part: str) -> bool:
    """Whether it tells something done: by a verb, as what has been done, or as a noun (“a short walk”)."""
    return is_action(part) or bool(_DEED.match(part)) or bool(_PERFECT.search(part))


def _is_elliptic(part: str) -> bool:
    """Whether it goes on with the verb before it: “walks backward, then forward”, “waves one hand, then the other”."""
    return bool(re.match(r"(?:for|back)wards?\b|(?:to|with|around|on) |(?:the|his|her|their|both) ", part))


def _subject_and_verb(sentence: str) -> tuple[str, str]:
    """The words before the first verb, none where the sentence is an order, and that verb."""
    words = sentence.split()
    for place, word in enumerate(words):
        verb = word.strip(",.")
        is_steps = _STEPS.match(" ".join((verb.lower(), *words[place + 1 : place + 2])))
        if is_action(verb.lower()) or is_steps or verb.lower() in ("is", "are", "has", "have"):
            return _MARKS.sub("", " ".join(words[:place])), verb
    return "", ""


def _without_subject(part: str, subject: str) -> str:
    words = part.removeprefix(subject).split()
    return " ".join(words[1:] if words and words[0].lower() in _PRONOUNS else words)


def _sentence(subject: str, does: str, part: str) -> str:
    """What is said of the subject, as a sentence: “walking” becomes “a man is walking”, “a bow” “a man does a bow”."""
    part = _MARKS.sub("", part)
    if _DEED.match(part.lower()) and not any(_DOES.fullmatch(word) for word in part.lower().split()):
        return f"{subject} does {part}".strip()
    own, _ = _subject_and_verb(part)
    if own and own.lower().split()[-1] in _PRONOUNS:
        own, part = "", part.removeprefix(own).strip()
    if has_done := _PERFECT.search(part):
        return f"{own or subject} {part[has_done.end() :]}".strip()
    if own:
        return part
    if not is_action(part.lower()):
        return f"{subject} {does} {part}".strip()
    link = "is " if part.split()[0].lower().endswith("ing") else ""
    return f"{subject} {link}{part}".strip()
