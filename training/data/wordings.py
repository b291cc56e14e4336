"""What is done in clips of Bandai Namco's archive: label → base-form actions, for `captions`.

An action begins with its verb; {the} stands for "the" or "his", "her" and "their", {side} for "left" or "right".
"""

from __future__ import annotations

from training.data.spoken import Wording, wordings

SIDES = ("left", "right")

_WALK = [
    "walk", "walk forward", "walk forwards", "walk ahead", "walk straight ahead", "walk in a straight line",
    "take a walk", "stroll", "walk along", "go for a walk", "take steps forward", "pace forward", "step forward",
    "move forward on foot", "stride", "stride forward", "stride ahead", "march forward", "march ahead", "walk on",
    "walk onward", "walk down the street", "walk along a path", "walk across the room", "walk through a hallway",
    "walk down a corridor", "walk along a sidewalk", "walk through a park", "walk toward something", "walk past a shop",
    "walk by something", "walk to the store", "walk home", "cross the room", "cross the street on foot",
    "head forward on foot", "head straight ahead", "head down the road", "advance", "advance on foot",
    "proceed forward", "proceed straight ahead", "travel forward on foot", "move ahead step by step",
    "put one foot in front of the other", "go forward", "go straight ahead", "go on walking", "go on ahead",
    "come walking along", "follow a straight path", "take several steps", "take several steps forward",
    "make several paces forward", "walk a few meters", "go on foot", "hike along a trail", "traverse the room",
    "ambulate forward", "perform a walk cycle", "do a walking cycle", "take a stroll", "go for a stroll",
    "stroll forward", "stroll down the street", "cover some ground on foot", "travel on foot",
]  # fmt: skip
_RUN = [
    "run", "run forward", "run forwards", "jog", "jog forward", "run ahead", "run straight ahead", "go for a run",
    "run in a straight line", "run along", "go running", "jog ahead", "jog along", "jog straight ahead",
    "jog in a straight line", "go jogging", "go for a jog", "take a jog", "trot forward", "trot ahead", "trot along",
    "lope forward", "lope ahead", "run at a steady pace", "run at a jogging pace", "jog at a steady pace",
    "jog through the park", "jog along a road", "jog down the street", "run down the street", "run across a field",
    "run through the woods", "run along the beach", "run to catch a bus", "run for the bus", "run after something",
    "run after someone", "run toward something", "run over to someone", "run onward", "run cross-country",
    "do some running", "exercise by running", "run for exercise", "jog for fitness", "do cardio on foot",
    "train for a marathon", "run a marathon", "run a race", "go on running", "go on jogging", "perform a run cycle",
    "do a running cycle", "move ahead at a run", "move forward at a jog", "advance at a run", "cross a field at a run",
    "head out for a run", "come running", "travel at a jog",
]  # fmt: skip
_DASH = [
    "dash", "dash forward", "sprint", "sprint forward", "run fast", "run very fast", "race forward",
    "run at full speed", "sprint ahead", "dash ahead", "dash along", "bolt", "bolt forward", "bolt ahead", "tear ahead",
    "tear down the street", "race ahead", "race down the track", "race toward the finish line", "charge forward",
    "charge ahead", "rush forward at top speed", "hurtle forward", "speed ahead", "zoom ahead", "zip forward",
    "run as fast as possible", "run at top speed", "run flat out", "run like the wind", "run for dear life",
    "sprint down a track", "sprint to the finish", "sprint all out", "sprint toward a goal", "sprint across a field",
    "sprint in a straight line", "make a dash for it", "make a wild dash", "make a run for it", "do a sprint",
    "go full speed ahead", "escape at full speed", "run away at top speed", "chase someone at full speed",
    "blast ahead", "barrel forward", "barrel ahead", "run full tilt", "run the hundred meters",
    "rush ahead at full speed",
]  # fmt: skip
_WALK_BACK = [
    "walk backward", "walk backwards", "step backward", "step backwards", "walk back", "back away", "walk in reverse",
    "move backward", "take steps backward", "back up", "back off", "go backward", "go backwards", "retreat",
    "retreat step by step", "retreat on foot", "walk backward in a straight line", "walk backward without turning",
    "walk backwards without turning around", "reverse on foot", "move back", "move in reverse",
    "back away from something", "back away from someone", "take several steps back", "take a few steps back",
    "take a few paces backward", "pace backward", "walk backward away from someone", "give ground",
    "retreat while facing forward", "make room by stepping back", "stroll backward", "back out of a room", "step back",
    "step back from something", "travel backward on foot", "withdraw backward", "step away backward",
    "perform a backward walk cycle", "go on backing away",
]  # fmt: skip
_WALK_SIDEWAYS = [
    "walk diagonally to the {side}", "walk sideways to the {side}", "step sideways to the {side}", "strafe {side}",
    "move sideways to the {side}", "walk diagonally forward to the {side}", "strafe to the {side}", "sidestep {side}",
    "sidestep to the {side}", "shuffle to the {side}", "shuffle sideways to the {side}", "go sideways to the {side}",
    "walk to the {side} while facing forward", "walk to the {side} without turning", "take side steps to the {side}",
    "take steps to the {side}", "step to the {side}", "move laterally to the {side}", "travel sideways to the {side}",
    "edge to the {side}", "sidle to the {side}", "move diagonally to the {side}", "advance diagonally to the {side}",
    "move at an angle to the {side}", "walk at a slant to the {side}", "pace sideways to the {side}",
    "walk at an angle to the {side}", "walk {side} with the body facing forward", "walk {side}, facing ahead",
    "go {side} without turning the body", "drift to the {side} while walking", "step aside to the {side}",
    "make way by stepping to the {side}",
]  # fmt: skip
_WALK_TURN = [
    "walk and turn {side}", "walk forward and turn {side}", "walk, then turn {side}", "walk and turn to the {side}",
    "walk forward then turn to the {side}", "walk around a corner to the {side}", "turn {side} while walking",
    "walk in a curve to the {side}", "make a {side} turn while walking", "walk ahead and take a {side} turn",
    "walk straight, then go {side}", "walk and veer {side}", "walk while turning {side}", "stroll and turn {side}",
    "go forward and turn {side}", "walk and make a {side} turn", "walk a few steps and turn {side}",
    "turn to the {side} while walking", "walk, turning {side}", "walk forward, turning to the {side}",
    "walk ahead and hang a {side}", "take the next turn to the {side}", "take a turn to the {side} on foot",
    "round a corner to the {side}", "round the corner, going {side}", "follow a bend to the {side}",
    "follow a path that curves {side}", "follow a road that bends to the {side}", "walk along a bend to the {side}",
    "make a ninety degree turn to the {side} while walking", "walk and turn ninety degrees to the {side}",
    "walk a quarter circle to the {side}", "walk in an arc to the {side}", "walk along a curve to the {side}",
    "curve to the {side} while walking", "walk, curving to the {side}", "change direction to the {side} while walking",
    "walk and change direction to the {side}", "walk ahead and bear {side}", "walk forward, then bear {side}",
    "walk forward, then head {side}", "step forward and turn {side}", "take some steps and turn to the {side}",
    "pace forward and pivot {side}", "walk forward and swing around to the {side}",
    "stroll around a bend to the {side}", "stride forward and turn {side}", "turn a corner to the {side}",
    "walk and turn gradually to the {side}", "go around a corner to the {side}", "veer to the {side} while walking",
    "walk on and take the {side} path", "walk to a crossing and go {side}",
    "make a quarter turn to the {side} while walking", "come around a corner to the {side}",
    "move forward and turn to the {side}", "advance and turn {side}", "proceed straight, then turn {side}",
    "walk, heading off to the {side}", "walk down a hallway and turn {side}", "walk a curved path to the {side}",
    "steer {side} while walking",
]  # fmt: skip
_WAVE = [
    "wave {the} {side} hand", "wave with {the} {side} hand", "wave {the} {side} arm",
    "wave hello with {the} {side} hand", "wave at someone with {the} {side} hand",
    "greet someone by waving {the} {side} hand", "raise {the} {side} hand and wave", "lift {the} {side} arm and wave",
    "stand and wave {the} {side} hand", "wave goodbye with {the} {side} hand", "wave {the} {side} hand in the air",
    "wave {the} {side} hand above the head", "wave using {the} {side} arm",
    "signal with {the} {side} hand by waving it", "wave {the} {side} hand from side to side",
    "wave to someone with {the} {side} hand", "wave to a friend with {the} {side} hand",
    "wave to the crowd with {the} {side} hand", "wave hi with {the} {side} hand", "say hello with {the} {side} hand",
    "say hi by waving {the} {side} hand", "say hello with a wave of {the} {side} hand",
    "greet a friend with {the} {side} hand", "greet someone with a wave of {the} {side} hand",
    "give a wave with {the} {side} hand", "give a friendly wave with {the} {side} hand",
    "welcome someone by waving {the} {side} hand", "hail someone by waving {the} {side} hand",
    "flag someone down with {the} {side} hand", "flag down a car with {the} {side} arm",
    "hail a cab by waving {the} {side} arm", "get attention by waving {the} {side} hand",
    "catch the eye of someone by waving {the} {side} hand", "swing {the} {side} hand from side to side in greeting",
    "swing {the} raised {side} hand from side to side", "shake {the} {side} hand in the air as a greeting",
    "move {the} raised {side} hand from side to side", "wag {the} {side} hand in greeting",
    "wave {the} {side} hand in greeting", "wave {the} {side} forearm", "wave {the} {side} palm at someone",
    "wave {the} open {side} hand", "motion to someone by waving {the} {side} hand",
    "gesture hello with {the} {side} hand", "send a greeting with {the} {side} hand",
    "hold up {the} {side} hand and wave", "put {the} {side} hand up and wave it",
    "raise {the} {side} arm and swing the hand", "stand in place, waving {the} {side} hand",
    "stand while waving {the} {side} hand", "bid goodbye by waving {the} {side} hand",
    "signal to someone by waving {the} {side} arm", "salute a neighbor by waving {the} {side} hand",
]  # fmt: skip
_RAISE = [
    "raise {the} {side} hand", "raise {the} {side} arm", "lift {the} {side} hand", "lift {the} {side} arm",
    "put {the} {side} hand up", "raise {the} {side} hand up high", "lift {the} {side} hand into the air",
    "hold up {the} {side} hand", "raise {the} {side} hand and lower it again", "stretch {the} {side} arm upward",
    "reach up with {the} {side} hand", "raise {the} {side} hand above the head", "lift up {the} {side} arm",
    "raise {the} {side} hand to ask a question", "raise {the} {side} hand to speak", "raise {the} {side} hand in class",
    "ask a question with {the} {side} hand raised", "volunteer with {the} {side} hand",
    "volunteer by raising {the} {side} hand", "vote by raising {the} {side} hand", "vote with {the} {side} hand up",
    "request to speak by lifting {the} {side} hand", "answer in class by raising {the} {side} hand",
    "attract attention by raising {the} {side} arm", "signal by raising {the} {side} hand",
    "signal with {the} {side} hand held up", "hail a taxi by raising {the} {side} hand",
    "call a waiter by raising {the} {side} hand", "swear an oath with {the} {side} hand raised",
    "take an oath with {the} {side} hand raised", "bring {the} {side} hand up", "bring up {the} {side} arm",
    "move {the} {side} hand up", "move {the} {side} arm up", "elevate {the} {side} arm", "elevate {the} {side} hand",
    "stick {the} {side} hand up", "push {the} {side} arm up", "throw {the} {side} arm into the air",
    "hold {the} {side} hand up in the air", "hold {the} {side} arm up", "extend {the} {side} arm upward",
    "extend {the} {side} hand toward the ceiling", "point {the} {side} arm toward the sky",
    "reach for the sky with {the} {side} hand", "reach toward the ceiling with {the} {side} arm",
    "reach overhead with {the} {side} hand", "stretch {the} {side} hand overhead", "hold {the} {side} hand overhead",
    "put {the} {side} arm up", "put {the} {side} hand in the air", "hoist {the} {side} arm",
    "stand and raise {the} {side} hand", "stand and lift {the} {side} arm", "stand with {the} {side} hand raised",
    "lift {the} {side} hand and put it down again", "raise {the} {side} arm and bring it back down",
    "show {the} {side} hand by lifting it", "lift {the} {side} hand to get noticed",
]  # fmt: skip
_WAVE_BOTH = [
    "wave both hands", "wave with both hands", "wave both arms", "wave hello with both hands",
    "raise both hands and wave", "stand and wave both hands", "wave both hands in the air", "wave two hands",
    "wave both arms above the head", "greet someone by waving both hands", "wave with both arms",
    "wave to someone with both hands", "wave at someone with both arms", "wave to a friend with both hands",
    "wave to the crowd with both hands", "wave hi with both hands", "say hello by waving both arms",
    "say hi with both hands in the air", "greet a friend with both hands", "greet a crowd by waving both arms",
    "give a big wave with both hands", "give a wave with both arms", "welcome someone by waving both arms",
    "hail someone by waving both arms", "flag someone down with both arms", "flag down a car with both hands",
    "get attention by waving both arms", "catch the eye of someone by waving both hands",
    "signal for help by waving both arms", "signal to a helicopter with both arms", "signal by waving both hands",
    "swing both hands from side to side in greeting", "swing both raised arms from side to side",
    "shake both hands in the air as a greeting", "move both raised hands from side to side",
    "wave both hands in greeting", "wave both hands from side to side", "lift both arms and wave",
    "hold up both hands and wave", "put both hands up and wave them", "stand while waving both arms",
    "stand in place, waving both hands", "gesture hello with both hands", "wave the hands on both sides of the body",
    "motion to someone by waving both hands",
]  # fmt: skip
_RAISE_BOTH = [
    "raise both hands", "raise both arms", "lift both hands", "lift both arms", "put both hands up",
    "raise both hands above the head", "reach up with both hands", "lift both arms into the air", "hold up both hands",
    "raise two hands", "stretch both arms upward", "raise both arms up high", "put both arms up",
    "put both hands in the air", "put the hands up", "put up both hands in surrender", "surrender with both hands up",
    "surrender by raising both hands", "give up with both arms raised", "throw both hands up",
    "throw both arms into the air", "bring both hands up", "bring up both arms", "move both arms up",
    "move both hands up", "elevate both arms", "elevate both hands", "hoist both arms", "hold both hands up in the air",
    "hold both arms up", "hold both hands overhead", "extend both arms upward", "extend both arms toward the sky",
    "reach for the sky with both hands", "reach toward the ceiling with both arms", "stretch both hands overhead",
    "stretch both arms toward the ceiling", "stick both hands up", "celebrate with both arms raised",
    "celebrate by raising both arms", "lift up both arms", "lift up both hands", "stand and raise both hands",
    "stand and lift both arms", "stand with both hands raised", "raise both hands and lower them again",
    "lift both arms and put them down again",
]  # fmt: skip
_BOW = [
    "bow", "take a bow", "bow forward", "bow politely", "bend forward in a bow", "bow to someone", "give a bow",
    "make a bow", "do a bow", "perform a bow", "execute a bow", "bow in greeting", "bow in respect",
    "make a respectful bow", "make a formal bow", "make a ceremonious bow", "bow in gratitude", "bow in apology",
    "bow toward someone", "bow to a guest", "bow to an audience", "bow at the end of a show", "bow before royalty",
    "bow like a butler", "bend at the waist", "bend forward at the waist", "bend the upper body forward",
    "bend over in a bow", "lean forward in a bow", "lean the upper body forward", "incline the upper body",
    "lower the upper body in a bow", "tilt the torso forward", "tip the upper body forward",
    "hinge forward at the hips", "fold forward at the hips", "thank someone with a bow", "greet someone with a bow",
    "apologize with a bow", "show respect with a bow", "show respect by bowing", "pay respect with a bow",
    "take a bow after a performance", "welcome a guest with a bow", "acknowledge applause with a bow",
    "express thanks by bowing", "bend forward and straighten up again", "bow and rise again", "stand and bow",
    "bend the upper body forward and rise again", "honor someone with a bow",
]  # fmt: skip
_BYE = [
    "wave goodbye with {the} right hand", "say goodbye with a wave of {the} right hand",
    "wave {the} right hand to say goodbye", "wave farewell with {the} right hand", "wave goodbye",
    "wave bye with {the} right hand", "wave bye-bye with {the} right hand", "say bye with {the} right hand",
    "say farewell with a wave of {the} right hand", "bid farewell by waving {the} right hand",
    "bid someone goodbye with {the} right hand", "take leave by waving {the} right hand",
    "part from someone with a wave of {the} right hand", "send someone off by waving {the} right hand",
    "gesture goodbye with {the} right hand", "signal goodbye with {the} right hand",
    "motion goodbye with {the} right hand", "wave {the} right arm in farewell", "wave {the} right hand as a goodbye",
    "wave to a departing friend with {the} right hand", "wave {the} right hand at someone who departs",
    "raise {the} right hand and wave goodbye", "lift {the} right arm and wave farewell", "wave farewell",
    "wave goodbye to a friend", "wave goodbye to someone", "stand and wave goodbye with {the} right hand",
]  # fmt: skip
_BYEBYE = [
    "wave goodbye with both hands", "say goodbye by waving both hands", "wave farewell with both hands",
    "wave goodbye with both arms", "wave bye with both hands", "wave bye-bye with both hands",
    "wave both hands to say goodbye", "wave both arms in farewell", "say farewell with both hands",
    "say goodbye with a wave of both hands", "bid farewell by waving both arms", "bid someone goodbye with both hands",
    "take leave by waving both hands", "send someone off by waving both arms", "gesture goodbye with both hands",
    "wave to a departing friend with both arms", "raise both hands and wave goodbye",
]  # fmt: skip
_CALL = [
    "call out to someone", "call someone over", "beckon someone", "call loudly", "call out", "call for someone",
    "call to someone", "call after someone", "call a friend over", "call someone by name", "call across the street",
    "shout for someone", "shout to someone", "shout to get attention", "yell for someone", "yell to someone far away",
    "holler at someone", "cry out to someone", "hail someone", "summon someone", "try to get attention",
    "attract the attention of someone", "invite someone to come over", "ask someone to come over",
    "signal someone to come", "beckon someone to come closer", "gesture for someone to come",
]  # fmt: skip
_DANCE = [
    "dance", "perform a dance", "dance around", "do a dance", "dance to music", "groove", "groove to a song", "boogie",
    "bust a move", "show off dance moves", "perform dance moves", "perform a dance routine", "practice a dance routine",
    "do some dance steps", "dance to a song", "dance at a party", "dance on a stage", "dance in a club",
    "dance with the whole body", "dance for an audience", "put on a dance performance", "perform choreography",
    "move the body to music", "move in dance", "get down on the dance floor", "cut loose on the dance floor",
    "rehearse a dance",
]  # fmt: skip
_GUIDE = [
    "guide someone with {the} right hand", "show the way with {the} right hand", "point the way with {the} right hand",
    "gesture to the side with {the} right hand", "show someone the way", "guide a guest with {the} right hand",
    "guide visitors with {the} right arm", "direct someone with {the} right hand",
    "direct visitors with {the} right arm", "give directions with {the} right hand", "give someone directions",
    "indicate the way with {the} right hand", "indicate a direction with {the} right arm",
    "point someone in a direction with {the} right hand", "point out the way with {the} right arm",
    "usher someone in with {the} right hand", "usher a guest along with {the} right arm",
    "invite someone in with {the} right hand", "show a guest to a seat with {the} right hand",
    "show the direction with {the} right arm", "extend {the} right hand to show the way",
    "stretch out {the} right arm to show the way", "gesture for someone to go ahead",
    "motion someone to the side with {the} right hand", "explain the way with {the} right hand",
]  # fmt: skip
_KICK = [
    "kick", "kick with the right leg", "practice kicks", "do martial arts kicks", "kick with {the} right foot",
    "kick out with {the} right leg", "kick at an opponent", "kick an enemy", "kick the air", "kick at a target",
    "kick at someone with {the} right foot", "kick like a martial artist", "deliver a kick with {the} right leg",
    "deliver a kick", "throw a kick", "throw a kick with {the} right leg", "launch a kick", "perform a kick",
    "perform martial arts kicks", "do a kick", "strike with {the} right leg", "strike out with {the} right foot",
    "attack with {the} right leg", "attack someone with a kick", "lash out with {the} right foot",
    "swing {the} right leg in a kick", "practice karate kicks", "train kicks", "fight with kicks",
]  # fmt: skip
_PUNCH = [
    "punch", "throw punches", "box", "practice punches", "punch the air", "shadowbox", "jab", "throw jabs",
    "throw a few punches", "punch forward", "punch at an opponent", "punch an enemy", "punch a sandbag",
    "strike with the fists", "hit with the fists", "fight with the fists", "hit an invisible opponent",
    "attack with punches", "attack someone with the fists", "practice boxing", "do boxing moves", "swing the fists",
    "spar with an invisible opponent", "train punches", "deliver punches", "rain punches on an opponent",
    "strike out with clenched fists", "pummel an opponent", "slug an opponent", "box with an imaginary opponent",
]  # fmt: skip
_RESPOND = [
    "raise {the} left hand to answer", "respond by raising {the} left hand", "answer with {the} left hand raised",
    "raise {the} left hand in reply", "raise {the} left arm to respond", "reply by raising {the} left hand",
    "reply with {the} left hand raised", "respond with {the} left hand", "respond with {the} left arm raised",
    "lift {the} left hand in response", "lift {the} left hand to reply", "put {the} left hand up in answer",
    "answer a call by raising {the} left hand", "answer a greeting with {the} left hand",
    "return a greeting with {the} left hand raised", "acknowledge someone with {the} left hand",
    "acknowledge a call by lifting {the} left hand", "react by raising {the} left hand",
    "answer roll call by raising {the} left hand", "hold up {the} left hand in reply",
]  # fmt: skip
_SLASH = [
    "slash with a sword", "swing a sword", "slash", "swing a sword downward", "practice sword slashes",
    "slash with a blade", "slash at an opponent", "slash at an enemy with a sword", "slash through the air",
    "cut with a sword", "cut through the air with a blade", "cut down an enemy with a sword", "swing a blade",
    "swing a katana", "hack at something with a sword", "hack at an enemy with a blade", "strike with a sword",
    "attack with a sword", "attack an enemy with a blade", "cleave the air with a sword", "slice the air with a blade",
    "slice with a sword", "wield a sword", "practice swordplay", "train with a sword", "fight with a sword",
    "perform a sword slash", "perform sword cuts", "deliver a slash with a sword", "do kendo strikes",
]  # fmt: skip
_SLOW_WALK = [
    "amble", "amble along", "amble forward", "saunter", "saunter along", "saunter forward", "plod along",
    "plod forward", "trudge along", "trudge forward", "dawdle along", "mosey along", "mosey forward", "stroll along",
    "walk at leisure", "take one slow step after another", "walk at a snail's pace", "take a leisurely stroll",
]  # fmt: skip
_QUICK_WALK = [
    "hurry along", "hurry forward", "hurry ahead on foot", "hasten forward", "hasten along", "bustle along",
    "hustle along", "rush along on foot", "rush ahead on foot", "scurry along", "power-walk", "power-walk forward",
    "speed-walk", "speed-walk ahead", "race-walk", "speed along on foot", "bustle forward", "hustle forward",
]  # fmt: skip
_SLOW_TURN = [
    "amble around a corner to the {side}", "amble along and turn {side}", "saunter along and turn {side}",
    "saunter around a bend to the {side}", "plod along and turn {side}", "plod around a corner to the {side}",
    "trudge forward and turn {side}", "mosey along and turn {side}", "mosey around a corner to the {side}",
    "dawdle around a bend to the {side}", "amble in a curve to the {side}",
]  # fmt: skip
_QUICK_TURN = [
    "hurry around a corner to the {side}", "hurry along and turn {side}", "hasten around a bend to the {side}",
    "rush around a corner to the {side}", "bustle along and turn {side}", "hustle around a corner to the {side}",
    "power-walk and turn {side}", "speed-walk around a corner to the {side}", "scurry around a bend to the {side}",
    "hurry in a curve to the {side}", "hasten forward and turn {side}",
]  # fmt: skip
_SLOW_RUN = [
    "jog at an easy pace", "jog at leisure", "trot", "trot along", "trot forward", "trot at an easy pace",
    "lope along at leisure", "jog as a warm-up",
]  # fmt: skip
_QUICK_RUN = [
    "race along", "race ahead", "rush ahead at a run", "rush forward at a run", "speed ahead at a run",
    "hasten ahead at a run", "hurry ahead at a run", "dart ahead", "dart forward", "zoom along at a run",
]  # fmt: skip
_SLOW_BACK = ["edge backward", "inch backward", "ease backward", "ease back", "back away bit by bit"]
_QUICK_BACK = ["hurry backward", "rush backward", "scurry backward", "scramble backward", "backpedal"]


def _sided(templates: list[str], side: str) -> list[str]:
    return [
        template.format(side=side, the=article)
        for template in templates
        for article in (("the", "{their}") if "{the}" in template else ("the",))
    ]


FREE: dict[str, tuple[Wording, ...]] = {
    **{label: wordings(label) for label in (
        "walk", "run", "dash", "walk-back", "bow", "bye", "byebye", "call", "guide", "kick", "punch", "respond",
        "slash",
    )},
    "dance-short": wordings("dance"),
    "dance-long": wordings("dance"),
    "wave-both-hands": wordings("wave-both"),
    "raise-up-both-hands": wordings("raise-both"),
    **{f"walk-{side}": wordings("walk-sideways", side) for side in SIDES},
    **{f"walk-turn-{side}": wordings("walk-turn", side) for side in SIDES},
    **{f"wave-{side}-hand": wordings("wave-one-hand", side) for side in SIDES},
    **{f"raise-up-{side}-hand": wordings("raise-one-hand", side) for side in SIDES},
}  # fmt: skip
"""Label → what all kinds of people would say of it, in whole sentences."""

SLOW_FREE: dict[str, tuple[Wording, ...]] = {
    **dict.fromkeys(("walk", "walks forward"), wordings("walk-slow")),
    **dict.fromkeys(("walk-back", "walks backward"), wordings("back-slow")),
    **dict.fromkeys(("run", "runs"), wordings("run-slow")),
    **{f"walk-turn-{side}": wordings("turn-slow", side) for side in SIDES},
}
"""The same of what is done slowly; labels, or names of what is seen."""

QUICK_FREE: dict[str, tuple[Wording, ...]] = {
    **dict.fromkeys(("walk", "walks forward"), wordings("walk-quick")),
    **dict.fromkeys(("walk-back", "walks backward"), wordings("back-quick")),
    **{f"walk-turn-{side}": wordings("turn-quick", side) for side in SIDES},
}
"""The same of what is done quickly."""


def _with_free(plain: dict[str, list[str]], free: dict[str, tuple[Wording, ...]]) -> dict[str, list[str]]:
    return {
        label: list(dict.fromkeys((*actions, *(wording.action for wording in free.get(label, ())))))
        for label, actions in plain.items()
    }


ACTIONS: dict[str, list[str]] = _with_free(
    {
        "walk": _WALK,
        "run": _RUN,
        "dash": _DASH,
        "walk-back": _WALK_BACK,
        **{f"walk-{side}": _sided(_WALK_SIDEWAYS, side) for side in SIDES},
        **{f"walk-turn-{side}": _sided(_WALK_TURN, side) for side in SIDES},
        **{f"wave-{side}-hand": _sided(_WAVE, side) for side in SIDES},
        **{f"raise-up-{side}-hand": _sided(_RAISE, side) for side in SIDES},
        "wave-both-hands": _WAVE_BOTH,
        "raise-up-both-hands": _RAISE_BOTH,
        "bow": _BOW,
        "bye": _BYE,
        "byebye": _BYEBYE,
        "call": _CALL,
        "dance-short": _DANCE,
        "dance-long": _DANCE,
        "guide": _GUIDE,
        "kick": _KICK,
        "punch": _PUNCH,
        "respond": _RESPOND,
        "slash": _SLASH,
    },
    FREE,
)

SLOW_ACTIONS: dict[str, list[str]] = _with_free(
    {
        **dict.fromkeys(("walk", "walks forward"), _SLOW_WALK),
        **dict.fromkeys(("walk-back", "walks backward"), _SLOW_BACK),
        **dict.fromkeys(("run", "runs"), _SLOW_RUN),
        **{f"walk-turn-{side}": _sided(_SLOW_TURN, side) for side in SIDES},
    },
    SLOW_FREE,
)
"""Label, or the name of what is seen → actions whose words themselves say that it is done slowly."""

QUICK_ACTIONS: dict[str, list[str]] = _with_free(
    {
        **dict.fromkeys(("walk", "walks forward"), _QUICK_WALK),
        **dict.fromkeys(("walk-back", "walks backward"), _QUICK_BACK),
        **dict.fromkeys(("run", "runs"), _QUICK_RUN),
        **{f"walk-turn-{side}": _sided(_QUICK_TURN, side) for side in SIDES},
    },
    QUICK_FREE,
)
"""Label, or the name of what is seen → actions whose words themselves say that it is done quickly."""
