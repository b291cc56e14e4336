"""How it is done and by whom, for `captions`: the words of each style, and subjects that tell none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from training.data import spoken


@dataclass(frozen=True)
class Style:
    """adjectives: stand before the bearers ("an old man"). manners: after an action. nouns: tell the style alone.

    subjects: do so, too, and begin with an article.
    """

    adjectives: tuple[str, ...] = ()
    manners: tuple[str, ...] = ()
    bearers: tuple[str, ...] = ("person", "man", "woman")
    nouns: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()

    def with_free(self, style: str) -> Style:
        """This style with the manners and subjects of the free wordings, where there are any."""
        manners, subjects = (spoken.lines(f"styles/{style}.{part}") for part in ("manners", "subjects"))
        return replace(self, manners=tuple(dict.fromkeys((*self.manners, *manners))), subjects=subjects)


_TABLE: dict[str, Style] = {
    "normal": Style(),
    "active": Style(
        ("active", "energetic", "lively", "vigorous", "spirited", "dynamic", "peppy", "zestful", "vivacious",
         "athletic", "sporty", "fit"),
        ("energetically", "actively", "with a lot of energy", "vigorously", "dynamically", "with vigor", "with verve",
         "in a lively way", "full of energy", "in an energetic manner", "with plenty of drive", "like an athlete",
         "with lots of pep"),
        nouns=("athlete", "sportsman", "sportswoman", "gymnast", "fitness trainer", "fitness instructor", "jogger",
               "go-getter", "aerobics instructor", "bundle of energy", "fitness enthusiast"),
    ),
    "angry": Style(
        ("angry", "furious", "mad", "enraged", "irate", "raging", "annoyed", "outraged", "hot-tempered", "irritated",
         "fuming"),
        ("angrily", "in anger", "furiously", "in a rage", "with rage", "in fury", "in a fit of temper",
         "in a bad temper", "in an angry way", "with anger", "irritably", "in outrage", "seething with anger"),
        nouns=("hothead", "bully", "berserker", "angry boss", "raging customer"),
    ),
    "cartoon": Style(
        ("cartoonish", "bouncy", "comical", "toon-like", "exaggerated"),
        ("like a cartoon character", "in a cartoonish way", "with a cartoonish bounce", "with exaggerated movements",
         "as in a cartoon", "like a toon", "with comical exaggeration", "like an animated mascot",
         "the way cartoon characters do", "in a bouncy way"),
        bearers=("person", "character", "figure"),
        nouns=("cartoon character", "cartoon hero", "toon", "cartoon mascot", "cartoon figure", "comic-book hero",
               "cartoon knight"),
    ),
    "childish": Style(
        ("childish", "playful", "childlike", "silly", "immature", "goofy", "mischievous"),
        ("like a child", "playfully", "childishly", "like a little kid", "in a childish way", "in a childlike manner",
         "the way children do", "as a toddler would", "in a silly way", "with childlike joy", "mischievously"),
        nouns=("child", "kid", "little boy", "little girl", "small child", "toddler", "preschooler", "schoolchild",
               "little kid", "kindergartner", "youngster", "brat"),
    ),
    "chimpira": Style(
        ("swaggering", "thuggish", "cocky", "rowdy", "tough-looking", "brash", "insolent", "rough"),
        ("like a thug", "with a swagger", "like a gangster", "like a punk", "in a thuggish way", "swaggeringly",
         "like a hoodlum", "in a cocky way", "like a street tough", "insolently", "with a bad attitude",
         "like a petty criminal", "brashly"),
        nouns=("thug", "gangster", "punk", "hoodlum", "hooligan", "delinquent", "mobster", "ruffian", "street tough",
               "yakuza", "goon", "petty criminal", "gang member"),
    ),
    "elderly": Style(
        ("old", "elderly", "aged", "senior", "frail", "aging", "gray-haired", "very old", "wrinkled", "white-haired"),
        ("like an old man", "with the stiffness of age", "like an old person", "like an old woman", "in an elderly way",
         "like a senior citizen", "weighed down by age", "stiff with age", "with the frailty of age",
         "like a grandparent", "with aging joints"),
        nouns=("senior", "senior citizen", "pensioner", "retiree", "grandfather", "grandmother", "grandpa", "grandma",
               "granny", "old-timer", "elder", "great-grandmother", "great-grandfather", "octogenarian",
               "geriatric patient", "village elder"),
    ),
    "exhausted": Style(
        ("exhausted", "tired", "weary", "fatigued", "worn-out", "drained", "sleepy-looking", "overworked", "drowsy",
         "dead-tired", "burned-out"),
        ("tiredly", "wearily", "with no energy remaining", "in exhaustion", "with fatigue", "with weariness", "limply",
         "exhausted", "drained of energy", "worn out after a long day", "in a tired way", "barely able to go on",
         "half asleep", "listlessly"),
        nouns=("sleepyhead", "tired worker", "weary traveler", "exhausted marathoner", "drained laborer",
               "tired mother", "worn-out father"),
    ),
    "feminine": Style(
        ("feminine", "graceful", "elegant", "dainty", "womanly", "delicate", "refined"),
        ("in a feminine way", "gracefully", "elegantly", "daintily", "in a ladylike manner", "like a lady",
         "with feminine grace", "with elegance", "delicately", "in a womanly way", "like a fashion model",
         "like a young lady"),
        bearers=("woman", "lady", "girl"),
        nouns=("lady", "girl", "princess", "ballerina", "actress", "queen", "diva", "young lady", "noblewoman",
               "fashion model", "elegant woman", "female dancer"),
    ),
    "giant": Style(
        ("giant", "huge", "gigantic", "enormous", "massive", "colossal", "towering", "hulking"),
        ("like a giant", "heavily", "ponderously", "with enormous weight", "like a huge monster", "with great weight",
         "like a colossus", "like a troll", "like an ogre", "with massive limbs", "with lumbering heaviness"),
        bearers=("person", "man", "monster", "creature"),
        nouns=("giant", "monster", "ogre", "troll", "titan", "colossus", "golem", "cyclops", "behemoth", "kaiju"),
    ),
    "happy": Style(
        ("happy", "cheerful", "joyful", "glad", "merry", "delighted", "jolly", "joyous", "overjoyed", "smiling",
         "lighthearted", "good-humored"),
        ("happily", "cheerfully", "joyfully", "merrily", "gladly", "with joy", "in a good mood", "full of joy",
         "in high spirits", "gleefully", "in a happy way", "with delight", "cheerily", "with glee"),
        nouns=("lottery winner", "newlywed", "cheerful fellow", "optimist", "happy camper"),
    ),
    "masculine": Style(
        ("masculine", "strong", "manly", "muscular", "macho", "burly", "brawny", "rugged", "virile",
         "broad-shouldered"),
        ("in a masculine way", "confidently", "in a manly way", "like a tough man", "in a macho manner", "manfully",
         "like a bodybuilder", "with masculine strength", "with manly vigor", "like a real man", "in a virile manner"),
        bearers=("man", "guy"),
        nouns=("strongman", "bodybuilder", "bouncer", "lumberjack", "tough guy", "he-man", "male athlete",
               "cowboy", "muscleman"),
    ),
    "musical": Style(
        ("musical", "rhythmic", "music-loving", "groovy", "rhythmical"),
        ("rhythmically", "to the beat of music", "in rhythm", "to the beat", "to a rhythm", "in time with the music",
         "in time to a song", "musically", "to a tune", "with rhythm", "in a musical way", "as if in a musical",
         "with a groove"),
        nouns=("dancer", "musician", "singer", "drummer", "music lover", "pop star",
               "dance instructor", "street dancer", "rapper"),
    ),
    "not-confident": Style(
        ("shy", "timid", "insecure", "unconfident", "nervous", "hesitant", "bashful", "self-conscious", "anxious",
         "meek", "diffident"),
        ("timidly", "without confidence", "shyly", "nervously", "hesitantly", "with little confidence", "bashfully",
         "anxiously", "in a shy way", "meekly", "with uncertainty", "with self-doubt", "insecurely"),
        nouns=("wallflower", "introvert", "nervous beginner", "shy newcomer", "coward", "shrinking violet"),
    ),
    "proud": Style(
        ("proud", "haughty", "arrogant", "self-assured", "conceited", "pompous", "boastful", "self-important",
         "stuck-up", "lordly"),
        ("proudly", "with pride", "haughtily", "arrogantly", "full of pride", "pompously", "in a proud way",
         "with the chest puffed out", "full of self-importance", "boastfully", "like a champion", "like a king",
         "like an aristocrat"),
        nouns=("champion", "king", "aristocrat", "emperor", "nobleman", "show-off", "snob", "braggart", "proud winner",
               "decorated general"),
    ),
    "sad": Style(
        ("sad", "depressed", "unhappy", "gloomy", "sorrowful", "heartbroken", "miserable", "dejected", "melancholy",
         "downcast", "mournful", "grieving", "disheartened"),
        ("sadly", "with a heavy heart", "unhappily", "gloomily", "in sorrow", "mournfully", "dejectedly", "in grief",
         "miserably", "in low spirits", "in a sad way", "with sorrow", "in a depressed mood", "despondently"),
        nouns=("mourner", "heartbroken lover", "widow", "widower", "melancholic", "grieving relative"),
    ),
    "youthful": Style(
        ("young", "youthful", "teenage", "adolescent"),
        ("youthfully", "with youthful energy", "like a young person", "like a teenager", "in a youthful way",
         "with the vigor of youth", "with youthful ease", "with the spring of youth", "like a youngster"),
        nouns=("teenager", "teen", "adolescent", "young adult", "high school student", "youngster", "college student",
               "schoolboy", "schoolgirl", "young lad", "teenage boy", "teenage girl", "youth"),
    ),
}  # fmt: skip

STYLES = {name: style.with_free(name) for name, style in _TABLE.items()}

_SLOWLY = (
    "slowly", "very slowly", "at a slow pace", "unhurriedly", "with slow steps", "in slow steps", "without any hurry",
    "at a crawl", "with a slow gait", "sluggishly", "in no rush", "taking it slow",
)  # fmt: skip
_QUICKLY = (
    "quickly", "briskly", "swiftly", "rapidly", "at a brisk pace", "at a fast pace", "at a quick pace",
    "with quick steps", "with brisk steps", "hurriedly", "speedily", "in a rush", "at a good clip",
)  # fmt: skip
_FORWARD = ("walk", "walk-turn-left", "walk-turn-right")
SPEEDS: dict[tuple[str, str], tuple[str, ...]] = {
    **{("elderly", content): _SLOWLY for content in (*_FORWARD, "run")},
    **{("active", content): _QUICKLY for content in (*_FORWARD, "run")},
}
"""Style and label → manners that tell the pace, where that of every clip differs from the ordinary one."""

TOLD_BY_PACE = (("walk", "exhausted"),)
"""Labels whose free wordings say a pace that only some of the clips have: composites of that pace alone get them."""

ALWAYS_TOLD = ("cartoon",)
"""Styles that no one means who doesn't say so."""

_CALM = frozenset(("stroll", "lope"))
_STRIDING = frozenset(("stride", "march", "hike", "charge", "barrel", "blast", "zip", "zoom"))
UNFIT_VERBS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("active", "angry"), _CALM),
    **dict.fromkeys(("elderly", "exhausted", "sad", "not-confident"), _STRIDING),
    "feminine": frozenset(("march", "charge", "barrel")),
}
"""Style → verbs that say something else than it does."""

PLAIN_SUBJECTS = [
    *["a person"] * 22,
    *["someone"] * 12,
    *["a man"] * 13,
    *["a woman"] * 13,
    *["the person"] * 4,
    *["a human", "the character", "a figure", "the man", "the woman", "the guy", "a guy", "somebody"] * 2,
    "an individual", "the figure", "the human", "a character", "the subject", "a human being", "an adult", "the actor",
    "an actor", "the performer", "a performer", "a pedestrian", "a passerby", "a stranger", "the model",
    "the individual", "the participant", "a participant", "an office worker", "a teacher", "a doctor", "a nurse",
    "a tourist", "a shopkeeper", "a villager", "a guard", "a soldier", "a knight", "the hero", "the player",
    "the player character", "the avatar", "an avatar", "the protagonist", "a visitor", "a worker", "a farmer",
    "a waiter", "a mechanic", "a scientist", "an engineer", "a neighbor", "a humanoid", "the humanoid", "a commuter",
    "a bystander", "a citizen", "a police officer", "a detective", "a wizard", "a merchant", "a firefighter",
    "the animated character", "a stunt performer",
]  # fmt: skip
"""Subjects that tell no style; the plainest are there many times, to be drawn in half the cases and more."""

_OTHERS_SHARE = 0.3


def anyone(random: Random) -> str:
    """A subject that tells no style."""
    others = random.random() < _OTHERS_SHARE
    return random.choice(spoken.lines("subjects") if others else PLAIN_SUBJECTS)


HIS = frozenset((
    "man", "guy", "boy", "sportsman", "grandfather", "grandpa", "great-grandfather", "father", "strongman", "he-man",
    "muscleman", "king", "emperor", "nobleman", "widower", "schoolboy", "lad", "fellow", "cowboy", "lumberjack",
    "waiter",
))  # fmt: skip
HER = frozenset((
    "woman", "lady", "girl", "sportswoman", "grandmother", "grandma", "granny", "great-grandmother", "mother",
    "princess", "ballerina", "actress", "queen", "noblewoman", "widow", "schoolgirl", "diva",
))  # fmt: skip
"""Nouns of which he and she are said; of all others they are."""
