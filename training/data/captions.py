"""Sentences for labelled clips: many wordings of what is done, with and without the manner.

A caption is a subject ("an old man"), an action ("walks forward") and a manner ("slowly"), put together by one of a few
frames. The words are those of the tables in `wordings`, `vocabulary` and `styles`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise, product
from random import Random

from training.data.spoken import Wording, wordings
from training.data.styles import HER, HIS, PLAIN_SUBJECTS, SPEEDS, STYLES, TOLD_BY_PACE, UNFIT_VERBS, anyone
from training.data.vocabulary import ACTIONS as OTHER_ACTIONS
from training.data.wordings import ACTIONS, FREE, QUICK_ACTIONS, QUICK_FREE, SLOW_ACTIONS, SLOW_FREE

_DOUBLED = {
    "sidestep", "crab-step", "quick-step", "shuffle-jog", "slow-jog", "admit", "begin", "outbid", "outrun", "patrol",
    "submit", "transmit", "jitterbug", "wigwag", "forget",
}  # fmt: skip
"""Verbs of several syllables whose last letter is doubled before -ing, as that of short ones is."""

_SHORT = re.compile(r"(?:[^aeiou]|(?<=q)u)*[aeiou][^aeiouwxy]")
_IRREGULAR = {"be": ("is", "being"), "have": ("has", "having"), "whiz": ("whizzes", "whizzing")}

_ACTIONS: dict[str, list[str]] = {**OTHER_ACTIONS, **ACTIONS}
_SAME_STYLE = {"old": "elderly", "tired": "exhausted", "masculinity": "masculine"}
# In these styles a raised hand stays below the crown of the head, as was measured on the clips.
_LOW_REACHING = ("feminine", "elderly")
_HEIGHTS = ("above the head", "up high", "upward", "overhead", "sky", "ceiling")
_PLAIN_SHARE, _PLAINEST = 0.4, 8
_PACED_SHARE = 0.25
"""How many captions say the pace of a style by the verb."""

_DESCRIBED, _NAMED = 0.4, 0.25
"""How many captions tell a style by an adjective, and by a noun; the others do it by a manner."""

_FREE_SHARE, _FREE_TIMES = 0.4, 3
"""How many captions of labels with free wordings are these, and how many times as many captions such labels have."""

_SPEED_SHARE = 0.35
_IMPERATIVES, _FRAMED = 0.08, 0.1
_PLAIN_FRAMES = (*["{subject} {does}"] * 12, *["{subject} is {doing}"] * 3, "{subject} {does}.")
_FRAMES = (
    "{subject} can be seen {doing}", "a clip of {subject} {doing}", "{subject} starts to {do}", "{subject} {doing}",
    "{subject} begins to {do}", "{subject} starts {doing}", "{subject} begins {doing}", "there is {subject} {doing}",
    "an animation of {subject} {doing}", "a video of {subject} {doing}", "{subject} is shown {doing}",
    "{subject} is seen {doing}", "a recording shows {subject} {doing}", "here {subject} {does}",
    "an animation in which {subject} {does}", "a motion of {subject} {doing}", "we watch {subject} {do}",
    "this is {subject} {doing}", "{subject} proceeds to {do}", "make {subject} {do}", "let {subject} {do}",
    "{subject} seems to be {doing}", "footage of {subject} {doing}",
)  # fmt: skip

_BASE = 2
"""The form of a verb that nothing is done to."""

_MIRRORED = {"left": "right", "right": "left"}
_SIDE = re.compile(r"\b(?:left|right)(?=(?:wards?|most)?\b)")


def mirrored_caption(caption: str) -> str:
    """The caption of the mirrored clip: left and right swapped, everything else as it was."""
    return _SIDE.sub(lambda side: _MIRRORED[side[0]], caption)


def _conjugated(action: str, form: int) -> str:
    """The action with each of its verbs in the third person (form 0), the -ing form (1) or the base form (2).

    Verbs are the first word and any word after "and" or "then" that the table of actions starts with.
    """
    if form == _BASE:
        return action
    words = action.split(" ")
    result = [_verb_form(words[0], form)]
    for before, word in pairwise(words):
        is_verb = before in ("and", "then") and word.strip(",") in _VERB_WORDS
        result.append(_verb_form(word, form) if is_verb else word)
    return " ".join(result)


def _verb_form(word: str, form: int) -> str:
    verb, comma = word.rstrip(","), "," if word.endswith(",") else ""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb][form] + comma
    return (_ing(verb) if form else _third_person(verb)) + comma


def _third_person(verb: str) -> str:
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    is_hissed = verb.endswith(("s", "x", "z", "ch", "sh", "o")) and not verb.endswith("oo")
    return f"{verb}es" if is_hissed else f"{verb}s"


def _ing(verb: str) -> str:
    if verb.endswith("ie"):
        return f"{verb[:-2]}ying"
    if verb.endswith("ic"):
        return f"{verb}king"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return f"{verb[:-1]}ing"
    return f"{verb}{verb[-1]}ing" if verb in _DOUBLED or _SHORT.fullmatch(verb) else f"{verb}ing"


_VERB_WORDS = {
    phrase.split(" ")[0].strip(",")
    for table in (_ACTIONS, SLOW_ACTIONS, QUICK_ACTIONS)
    for phrases in table.values()
    for phrase in phrases
} | {
    *("turn", "veer", "lower", "stand", "strike", "rise", "land", "press", "aim", "die", "wave", "pivot", "bear"),
    *("hang", "swing", "straighten", "place", "touch", "lie", "drop", "fall", "hit", "stay", "come", "wait"),
}


def _article(noun_phrase: str) -> str:
    return ("an " if noun_phrase[0] in "aeiou" else "a ") + noun_phrase


def pronoun_of(subject: str) -> str:
    """He, she or they, as the first word of a subject tells that tells it at all."""
    for word in subject.split(" "):
        if word in HER or word.endswith(("woman", "girl")):
            return "she"
        if word in HIS or (word.endswith("man") and word != "human"):
            return "he"
    return "they"


def _possessive(subject: str) -> str:
    return {"he": "his", "she": "her", "they": "their"}[pronoun_of(subject)]


def actions(content: str, style: str) -> list[str]:
    """What is done in clips with these labels, in many base forms ("wave {the} hand"); KeyError for a stranger."""
    return _fit(_ACTIONS[content], canonical_style(style))


def drawn(phrases: Sequence[str], random: Random) -> str:
    """One of some wordings, often one of the plainest, with which every table begins: most people type these."""
    return random.choice(phrases[:_PLAINEST] if random.random() < _PLAIN_SHARE else phrases)


def _fit(phrases: list[str], style: str) -> list[str]:
    """Those that are true in a style; all, where none is."""
    heights = _HEIGHTS if style in _LOW_REACHING else ()
    unfit = UNFIT_VERBS.get(style, frozenset())
    fit = [
        phrase
        for phrase in phrases
        if phrase.split(" ")[0].strip(",") not in unfit and not any(height in phrase for height in heights)
    ]
    return fit or phrases


def _paced(content: str, style: str) -> list[str]:
    """Actions whose verb says the pace that a style has; none where that is the ordinary one."""
    if (style, content) not in SPEEDS:
        return []
    return (QUICK_ACTIONS if style == "active" else SLOW_ACTIONS).get(content, [])


def _free(content: str, style: str) -> tuple[Wording, ...]:
    """Whole sentences that tell a content and a style, or the pace that it has."""
    if style == "normal":
        return FREE.get(content, ())
    if (content, style) in TOLD_BY_PACE:
        return ()
    paces = QUICK_FREE if style == "active" else SLOW_FREE
    return wordings(f"styles/{style}.{content}") + (paces.get(content, ()) if (style, content) in SPEEDS else ())


def knows(content: str, style: str) -> bool:
    """Whether the tables have words for these labels."""
    return content in _ACTIONS and canonical_style(style) in STYLES


def is_style(style: str) -> bool:
    """Whether the tables have words for a style."""
    return canonical_style(style) in STYLES


def canonical_style(style: str) -> str:
    """The one name of styles that share their words."""
    return _SAME_STYLE.get(style, style)


def described(style: str) -> list[str]:
    """Subjects whose words tell the style ("an old man"); none for the normal one."""
    words = STYLES[canonical_style(style)]
    borne = [_article(f"{adjective} {bearer}") for adjective, bearer in product(words.adjectives, words.bearers)]
    return borne + [_article(noun) for noun in words.nouns] + list(words.subjects)


def told(subject: str, action: str, form: int) -> str:
    """A base-form action as the subject does it: third person (form 0), -ing (1) or base form (2)."""
    for place in ("{the}", "{their}"):
        action = action.replace(place, _possessive(subject))
    return _conjugated(action, form)


@cache
def captions(content: str, style: str, count: int, with_style: bool = True) -> tuple[str, ...]:
    """`count` distinct captions (fewer where there are no more) for a clip's labels, the same ones at every call.

    Labels with free wordings get three times as many. KeyError for labels that the tables don't know.
    """
    of_content = actions(content, style)
    style = canonical_style(style) if with_style else "normal"
    free, paced = _free(content, style), _paced(content, style)
    wanted = count * _FREE_TIMES if free else count
    random = Random(f"{content}/{style}")
    pool: dict[str, None] = {}
    for _ in range(wanted * 8):
        if free and random.random() < _FREE_SHARE:
            (subject, action), manner = random.choice(free), ""
        else:
            subject, manner = _who(content, style, random)
            is_paced = bool(paced) and random.random() < _PACED_SHARE
            action = random.choice(paced) if is_paced else drawn(of_content, random)
            manner = "" if is_paced and manner in SPEEDS[style, content] else manner
        pool[_sentence(subject, action.replace("{the}", random.choice(["the", "{their}"])), manner, random)] = None
        if len(pool) == wanted:
            break
    return tuple(pool)


def _who(content: str, style: str, random: Random) -> tuple[str, str]:
    """A subject and a manner, one of which tells the style."""
    words = STYLES[style]
    if not words.adjectives:
        return anyone(random), ""
    kind = random.random()
    if kind < _DESCRIBED:
        return _article(f"{random.choice(words.adjectives)} {random.choice(words.bearers)}"), ""
    if kind < _DESCRIBED + _NAMED:
        named = (*map(_article, words.nouns), *words.subjects)
        return random.choice(named), ""
    speeds = SPEEDS.get((style, content), ())
    manners = speeds if speeds and random.random() < _SPEED_SHARE else words.manners
    return anyone(random), random.choice(manners)


def _sentence(subject: str, action: str, manner: str, random: Random) -> str:
    """The words in one of the frames. The action still has {their} where a hand or leg is someone's."""
    manner = manner.replace("{the}", "{their}")
    if random.random() < _IMPERATIVES and subject in PLAIN_SUBJECTS:
        return f"{action} {manner}".strip().replace("{their}", "your")
    frame = random.choice(_FRAMES if random.random() < _FRAMED else _PLAIN_FRAMES)
    action, manner = (part.replace("{their}", _possessive(subject)) for part in (action, manner))
    does, doing, do = (_conjugated(action, form) for form in (0, 1, _BASE))
    tail = f" {manner}" if manner else ""
    return frame.format(subject=subject, does=does + tail, doing=doing + tail, do=do + tail)
