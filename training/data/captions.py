"""Sentences for labelled clips: many wordings of what is done, with and without the manner.

A caption is a subject ("an old man"), an action ("walks forward") and a manner ("slowly"), put together by one of a few
frames. The tables below are the whole vocabulary.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise, product
from random import Random

from training.data.vocabulary import ACTIONS as OTHER_ACTIONS

_DOUBLED = {
    "jog", "run", "put", "step", "stop", "hop", "squat", "get", "sit", "spin", "flip", "chop", "stab", "grab", "hit",
}  # fmt: skip
"""Verbs whose last letter is doubled before -ing."""

_WALK_TURN = [
    "walk and turn {side}", "walk forward and turn {side}", "walk, then turn {side}", "walk and turn to the {side}",
    "walk forward then turn to the {side}", "walk around a corner to the {side}", "turn {side} while walking",
    "walk in a curve to the {side}", "make a {side} turn while walking", "walk ahead and take a {side} turn",
    "walk straight, then go {side}", "walk and veer {side}", "walk while turning {side}", "stroll and turn {side}",
    "go forward and turn {side}", "walk and make a {side} turn", "walk a few steps and turn {side}",
    "turn to the {side} while walking", "walk, turning {side}", "walk forward, turning to the {side}",
]  # fmt: skip
_WAVE = [
    "wave {the} {side} hand", "wave with {the} {side} hand", "wave {the} {side} arm",
    "wave hello with {the} {side} hand",
    "wave at someone with {the} {side} hand", "greet someone by waving {the} {side} hand",
    "raise {the} {side} hand and wave", "lift {the} {side} arm and wave", "stand and wave {the} {side} hand",
    "wave goodbye with {the} {side} hand", "wave {the} {side} hand in the air", "wave {the} {side} hand above the head",
    "wave using {the} {side} arm", "signal with {the} {side} hand by waving it",
    "wave {the} {side} hand from side to side",
]  # fmt: skip
_RAISE = [
    "raise {the} {side} hand", "raise {the} {side} arm", "lift {the} {side} hand", "lift {the} {side} arm",
    "put {the} {side} hand up", "raise {the} {side} hand up high", "lift {the} {side} hand into the air",
    "hold up {the} {side} hand", "raise {the} {side} hand and lower it again", "stretch {the} {side} arm upward",
    "reach up with {the} {side} hand", "raise {the} {side} hand above the head", "lift up {the} {side} arm",
]  # fmt: skip
_BOTH = {
    "wave": ["wave both hands", "wave with both hands", "wave both arms", "wave hello with both hands",
             "raise both hands and wave", "stand and wave both hands", "wave both hands in the air", "wave two hands",
             "wave both arms above the head", "greet someone by waving both hands", "wave with both arms"],
    "raise": ["raise both hands", "raise both arms", "lift both hands", "lift both arms", "put both hands up",
              "raise both hands above the head", "reach up with both hands", "lift both arms into the air",
              "hold up both hands", "raise two hands", "stretch both arms upward"],
}  # fmt: skip


def _sided(templates: list[str], side: str) -> list[str]:
    return [
        template.format(side=side, the=article)
        for template in templates
        for article in (("the", "{their}") if "{the}" in template else ("the",))
    ]


_ACTIONS: dict[str, list[str]] = {
    **OTHER_ACTIONS,
    "walk": ["walk", "walk forward", "walk forwards", "walk ahead", "walk straight ahead", "walk in a straight line",
             "take a walk", "stroll", "walk along", "go for a walk", "take steps forward", "pace forward",
             "step forward", "move forward on foot"],
    "run": ["run", "run forward", "run forwards", "jog", "jog forward", "run ahead", "run straight ahead",
    "go for a run",
            "run in a straight line", "run along", "go running", "jog ahead"],
    "dash": ["dash", "dash forward", "sprint", "sprint forward", "run fast", "run very fast", "race forward",
             "run at full speed", "sprint ahead"],
    "walk-back": ["walk backward", "walk backwards", "step backward", "step backwards", "walk back", "back away",
                  "walk in reverse", "move backward", "take steps backward", "back up"],
    **{f"walk-{side}": [f"walk diagonally to the {side}", f"walk sideways to the {side}",
                        f"step sideways to the {side}",
                        f"strafe {side}", f"move sideways to the {side}", f"walk diagonally forward to the {side}"]
       for side in ("left", "right")},
    **{f"walk-turn-{side}": _sided(_WALK_TURN, side) for side in ("left", "right")},
    **{f"wave-{side}-hand": _sided(_WAVE, side) for side in ("left", "right")},
    **{f"raise-up-{side}-hand": _sided(_RAISE, side) for side in ("left", "right")},
    "wave-both-hands": _BOTH["wave"],
    "raise-up-both-hands": _BOTH["raise"],
    "bow": ["bow", "take a bow", "bow forward", "bow politely", "bend forward in a bow", "bow to someone"],
    "bye": ["wave goodbye with {the} right hand", "say goodbye with a wave of {the} right hand",
            "wave {the} right hand to say goodbye", "wave farewell with {the} right hand", "wave goodbye"],
    "byebye": ["wave goodbye with both hands", "say goodbye by waving both hands", "wave farewell with both hands"],
    "call": ["call out to someone", "call someone over", "beckon someone", "call loudly"],
    "dance-short": ["dance", "perform a dance", "dance around", "do a dance", "dance to music"],
    "dance-long": ["dance", "perform a dance", "dance around", "do a dance", "dance to music"],
    "guide": ["guide someone with {the} right hand", "show the way with {the} right hand",
    "point the way with {the} right hand",
              "gesture to the side with {the} right hand", "show someone the way"],
    "kick": ["kick", "kick with the right leg", "practice kicks", "do martial arts kicks",
    "kick with {the} right foot"],
    "punch": ["punch", "throw punches", "box", "practice punches", "punch the air"],
    "respond": ["raise {the} left hand to answer", "respond by raising {the} left hand",
    "answer with {the} left hand raised"],
    "slash": ["slash with a sword", "swing a sword", "slash", "swing a sword downward", "practice sword slashes"],
}  # fmt: skip

# style → adjectives, manners (put after the action), nouns that stand for the subject.
_STYLES: dict[str, tuple[list[str], list[str], list[str]]] = {
    "normal": ([], ["normally", "at a normal pace"], ["person"]),
    "active": (
        ["active", "energetic", "lively"],
        ["energetically", "actively", "with a lot of energy"],
        ["person", "man"],
    ),
    "angry": (["angry", "furious"], ["angrily", "in anger"], ["person", "man"]),
    "childish": (["childish"], ["like a child", "playfully"], ["child", "kid"]),
    "chimpira": (["swaggering"], ["like a thug", "with a swagger"], ["thug", "gangster"]),
    "elderly": (
        ["old", "elderly", "aged"],
        ["like an old man", "with the stiffness of age"],
        ["person", "man", "woman"],
    ),
    "exhausted": (["exhausted", "tired", "weary"], ["tiredly", "wearily", "with no energy left"], ["person", "man"]),
    "feminine": (["feminine", "graceful"], ["in a feminine way", "gracefully"], ["woman", "lady", "girl"]),
    "giant": (["giant", "huge"], ["like a giant", "heavily"], ["giant", "monster"]),
    "happy": (["happy", "cheerful"], ["happily", "cheerfully"], ["person", "man", "woman"]),
    "masculine": (["masculine", "strong"], ["in a masculine way", "confidently"], ["man", "guy"]),
    "musical": (["musical"], ["rhythmically", "to the beat of music"], ["person", "dancer"]),
    "not-confident": (["shy", "timid", "insecure"], ["timidly", "without confidence"], ["person", "man"]),
    "proud": (["proud"], ["proudly", "with pride"], ["person", "man"]),
    "sad": (["sad", "depressed"], ["sadly", "with a heavy heart"], ["person", "man", "woman"]),
    "youthful": (["young", "youthful"], ["youthfully", "with youthful energy"], ["person", "man", "woman"]),
}
_SAME_STYLE = {"old": "elderly", "tired": "exhausted", "masculinity": "masculine"}
# In these styles a raised hand stays below the crown of the head, as was measured on the clips.
_LOW_REACHING = ("feminine", "elderly")
_HEIGHTS = ("above the head", "up high", "upward")
_SPEEDS = {
    ("elderly", "walk"): ["slowly"],
    ("exhausted", "walk"): ["slowly"],
    ("active", "walk"): ["quickly", "briskly"],
}

PLAIN_SUBJECTS = [
    "a person",
    "a person",
    "someone",
    "a man",
    "a woman",
    "the person",
    "a human",
    "the character",
    "a figure",
]

_MIRRORED = {"left": "right", "right": "left"}


def mirrored_caption(caption: str) -> str:
    """The caption of the mirrored clip: left and right swapped, everything else as it was."""
    return " ".join(
        word.replace(side, _MIRRORED[side]) if (side := word.strip(",.")) in _MIRRORED else word
        for word in caption.split(" ")
    )


def _conjugated(action: str, form: int) -> str:
    """The action with each of its verbs in the third person (form 0) or the -ing form (1).

    Verbs are the first word and any word after "and" or "then" that the table of actions starts with.
    """
    words = action.split(" ")
    result = [_verb_form(words[0], form)]
    for before, word in pairwise(words):
        is_verb = before in ("and", "then") and word.strip(",") in _VERB_WORDS
        result.append(_verb_form(word, form) if is_verb else word)
    return " ".join(result)


def _verb_form(word: str, form: int) -> str:
    verb, comma = word.rstrip(","), "," if word.endswith(",") else ""
    return (_ing(verb) if form else _third_person(verb)) + comma


def _third_person(verb: str) -> str:
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else f"{verb}s"


def _ing(verb: str) -> str:
    if verb.endswith("ie"):
        return f"{verb[:-2]}ying"
    if verb.endswith("e") and not verb.endswith("ee"):
        return f"{verb[:-1]}ing"
    return f"{verb}{verb[-1]}ing" if verb in _DOUBLED else f"{verb}ing"


_VERB_WORDS = {phrase.split(" ")[0].strip(",") for phrases in _ACTIONS.values() for phrase in phrases} | {
    *("turn", "veer", "lower", "stand", "strike", "rise", "land", "press", "aim", "die", "wave"),
}


def _article(noun_phrase: str) -> str:
    return ("an " if noun_phrase[0] in "aeiou" else "a ") + noun_phrase


def _possessive(subject: str) -> str:
    noun = subject.rsplit(" ", maxsplit=1)[-1]
    return {"man": "his", "guy": "his", "woman": "her", "lady": "her", "girl": "her"}.get(noun, "their")


def actions(content: str, style: str) -> list[str]:
    """What is done in clips with these labels, in many base forms ("wave {the} hand"); KeyError for a stranger."""
    phrases = _ACTIONS[content]
    if canonical_style(style) in _LOW_REACHING:
        low = [phrase for phrase in phrases if not any(height in phrase for height in _HEIGHTS)]
        return low or phrases
    return phrases


def knows(content: str, style: str) -> bool:
    """Whether the tables have words for these labels."""
    return content in _ACTIONS and canonical_style(style) in _STYLES


def is_style(style: str) -> bool:
    """Whether the tables have words for a style."""
    return canonical_style(style) in _STYLES


def canonical_style(style: str) -> str:
    """The one name of styles that share their words."""
    return _SAME_STYLE.get(style, style)


def described(style: str) -> list[str]:
    """Subjects whose words tell the style ("an old man"); none for the normal one."""
    adjectives, _, nouns = _STYLES[canonical_style(style)]
    own_nouns = [_article(noun) for noun in nouns if noun not in ("person", "man", "woman")]
    return [_article(f"{adjective} {noun}") for adjective, noun in product(adjectives, nouns)] + own_nouns


def told(subject: str, action: str, form: int) -> str:
    """A base-form action as the subject does it: third person (form 0) or -ing form (1), with his or her hands."""
    for place in ("{the}", "{their}"):
        action = action.replace(place, _possessive(subject))
    return _conjugated(action, form)


@cache
def captions(content: str, style: str, count: int, with_style: bool = True) -> tuple[str, ...]:
    """`count` distinct captions (fewer where there are no more) for a clip's labels, the same ones at every call.

    KeyError for labels that the tables don't know.
    """
    of_content = actions(content, style)
    style = canonical_style(style) if with_style else "normal"
    adjectives, manners, nouns = _STYLES[style]
    manners = manners + _SPEEDS.get((style, content), [])
    plain = [(subject, "") for subject in PLAIN_SUBJECTS]
    if style != "normal":
        described = [(_article(f"{adjective} {noun}"), "") for adjective, noun in product(adjectives, nouns)]
        in_manner = [(subject, manner) for subject, manner in product(PLAIN_SUBJECTS[:5], manners)]
        own_noun = [(_article(noun), "") for noun in nouns if noun not in ("person", "man", "woman")]
        who = described + described + in_manner + own_noun
    else:
        who = plain
    random = Random(f"{content}/{style}")
    pool: dict[str, None] = {}
    for _ in range(count * 8):
        subject, manner = random.choice(who)
        action = random.choice(of_content).replace("{the}", random.choice(["the", "{their}"]))
        action = action.replace("{their}", _possessive(subject))
        pool[_sentence(subject, action, manner, random)] = None
        if len(pool) == count:
            break
    return tuple(pool)


def _sentence(subject: str, action: str, manner: str, random: Random) -> str:
    tail = f" {manner}" if manner else ""
    shape = random.random()
    if shape < 0.72:
        return f"{subject} {_conjugated(action, 0)}{tail}"
    if shape < 0.88:
        return f"{subject} is {_conjugated(action, 1)}{tail}"
    if shape < 0.94 and subject in PLAIN_SUBJECTS:
        return f"{action}{tail}"
    return f"{subject} {_conjugated(action, 0)}{tail}."
