"""What the sidebar remembers: settings and history with the scene, takes and a corrected bone map with the character.

Everything lives in data-blocks, so that undo, redo and the saved file always agree with what the sidebar shows.
"""

from typing import Any

import bpy

from .session.redrawing import redraw

PROMPT_CHARACTERS = 1000
SCRIPT_PROMPTS = 32
VARIATIONS = 16
MAX_SECONDS = 120.0

PRESETS = (
    ("draft", "Draft", "The quickest: to see whether the sentence is understood"),
    ("standard", "Standard", "What the model was measured with"),
    ("best", "Best", "The most careful sampling: several times slower"),
)
LENGTHS = (
    ("ESTIMATED", "From the sentence", "The engine estimates how long the action takes"),
    ("SECONDS", "Seconds", "A length in seconds"),
    ("FRAMES", "Frames", "A length in frames of this scene"),
    ("TIMELINE", "Timeline", "From the first to the last frame of the preview range, or of the scene"),
)
STARTS = (
    ("CURRENT", "Current frame", "The motion begins at the current frame"),
    ("SCENE", "Start of the scene", "The motion begins at the first frame of the scene"),
)
CHARACTERS = (
    ("ACTIVE", "Active", "Only the active character"),
    ("SELECTED", "All selected", "Every selected character gets a motion of its own, from a seed of its own"),
)
TARGETS = (
    ("NEW_ACTION", "New Action", "A new Action; the one that was there is kept in the file"),
    ("CURRENT_ACTION", "Into the Action", "Into the current Action, within the motion's frames only"),
    ("NLA_STRIP", "NLA strip", "A strip on a new track of the nonlinear animation"),
)
ROOTS = (
    ("hips", "Hips", "The hips carry the travel"),
    ("root_bone", "Root bone", "The rig's root bone carries the travel over the ground, where it has one"),
    ("object", "Object", "The armature object carries the travel over the ground"),
)
FEET = (
    ("fk", "FK", "Legs keyed bone by bone, planted by the retargeting"),
    ("ik", "IK controls", "The rig's foot controls keyed, where it has them"),
)
HANDS = (
    ("fk", "FK", "Arms keyed bone by bone"),
    ("ik", "IK controls", "The rig's hand controls keyed, where it has them"),
)
RANGES = (
    ("PREVIEW", "Preview range", "The timeline's preview range"),
    ("KEYS", "Selected keys", "From the first to the last selected key of the character"),
    ("MARKERS", "Two markers", "Between the two selected markers, or the only two that there are"),
)
BODY_PARTS = (
    ("WHOLE", "Whole body", "Every bone is made again"),
    ("UPPER", "Upper body", "Spine, head and arms are made again, the legs and the travel stay"),
    ("LOWER", "Lower body", "Legs and travel are made again, the upper body stays"),
    ("LEFT_ARM", "Left arm", "Only the left arm is made again"),
    ("RIGHT_ARM", "Right arm", "Only the right arm is made again"),
)


def _redraw(_group: Any, _context: Any) -> None:
    """The time line shows the script."""
    redraw()


class MotionwrightPrompt(bpy.types.PropertyGroup):
    """One sentence of a script and how long it lasts."""

    text: bpy.props.StringProperty(
        name="Sentence",
        description="What the character does in this part",
        maxlen=PROMPT_CHARACTERS,
        update=_redraw,
    )
    seconds: bpy.props.FloatProperty(
        name="Seconds",
        description="How long this part lasts",
        default=3.0,
        min=0.5,
        max=60.0,
        precision=2,
        step=10,
        update=_redraw,
    )


class MotionwrightTake(bpy.types.PropertyGroup):
    """A motion that was made: the words, the settings, and the motion itself, so that it needs no engine again."""

    uid: bpy.props.StringProperty(name="Identifier")
    text: bpy.props.StringProperty(name="Sentence", description="The words that the motion was made from")
    seed: bpy.props.IntProperty(name="Seed")
    seconds: bpy.props.FloatProperty(name="Seconds")
    made: bpy.props.StringProperty(name="Made", description="When it was made")
    settings: bpy.props.StringProperty(name="Settings", description="What was asked of the engine, as JSON")
    motion: bpy.props.StringProperty(name="Motion", description="The motion file, as base64")


class MotionwrightCharacter(bpy.types.PropertyGroup):
    """With an armature object: its corrected bone map, and takes of which none has been kept yet."""

    bone_map: bpy.props.StringProperty(name="Bone map", description="The corrected bone map as JSON; empty: detected")
    takes: bpy.props.CollectionProperty(type=MotionwrightTake)
    shown: bpy.props.IntProperty(name="Take", description="Which of the takes is on the character now")
    start: bpy.props.FloatProperty(name="Start")
    placement: bpy.props.StringProperty(name="Placement", description="How a kept take will be baked, as JSON")
    preview: bpy.props.PointerProperty(type=bpy.types.Action)
    previous: bpy.props.PointerProperty(type=bpy.types.Action)
    before: bpy.props.StringProperty(name="Before", description="Slot and pose before the takes, as JSON")


class MotionwrightSettings(bpy.types.PropertyGroup):
    """With a scene: everything that the sidebar's fields say, the script, and the history."""

    prompt: bpy.props.StringProperty(
        name="Sentence",
        description="What the character should do, for example: a person walks forward and waves",
        maxlen=PROMPT_CHARACTERS,
        options={"TEXTEDIT_UPDATE"},
    )
    length: bpy.props.EnumProperty(name="Length", description="How long the motion is", items=LENGTHS)
    seconds: bpy.props.FloatProperty(
        name="Seconds", description="Length of the motion", default=4.0, min=0.5, max=MAX_SECONDS, precision=2, step=10
    )
    frames: bpy.props.IntProperty(
        name="Frames", description="Length of the motion in frames of this scene", default=96, min=2, max=14400
    )
    start_at: bpy.props.EnumProperty(name="Begins", description="Where the motion begins", items=STARTS)
    characters: bpy.props.EnumProperty(name="Characters", description="Who gets a motion", items=CHARACTERS)
    variations: bpy.props.IntProperty(
        name="Takes",
        description="How many takes to make; they are shown one after another before one is kept",
        default=1,
        min=1,
        max=VARIATIONS,
    )
    use_seed: bpy.props.BoolProperty(name="Fixed seed", description="The same seed gives the same motion again")
    seed: bpy.props.IntProperty(name="Seed", description="The same seed gives the same motion again", min=0)
    preset: bpy.props.EnumProperty(
        name="Quality", description="How carefully to sample", items=PRESETS, default="standard"
    )
    use_guidance: bpy.props.BoolProperty(name="Own guidance", description="Override the guidance of the preset")
    guidance: bpy.props.FloatProperty(
        name="Guidance",
        description="How closely to follow the sentence; high values exaggerate",
        default=3.0,
        min=0.0,
        max=20.0,
        soft_max=10.0,
    )
    loop: bpy.props.BoolProperty(name="Loop", description="The last frame leads back into the first")
    in_place: bpy.props.BoolProperty(name="In place", description="The character stays where it stands")
    cleanup: bpy.props.BoolProperty(
        name="Plant the feet", description="Remove sliding of standing feet and sinking into the ground", default=True
    )

    target: bpy.props.EnumProperty(name="Keys go to", description="Where the keyframes are written", items=TARGETS)
    blend: bpy.props.IntProperty(
        name="Blend",
        description="Frames at both ends within which the motion is blended with the animation around it",
        default=6,
        min=0,
        max=60,
    )
    root: bpy.props.EnumProperty(name="Travel", description="What carries the travel over the ground", items=ROOTS)
    feet: bpy.props.EnumProperty(name="Legs", description="How legs are keyed", items=FEET)
    hands: bpy.props.EnumProperty(name="Arms", description="How arms are keyed", items=HANDS)
    reduce: bpy.props.BoolProperty(
        name="Fewer keys", description="Leave out the keys that the curves pass through anyway"
    )
    reduce_degrees: bpy.props.FloatProperty(
        name="Within", description="How far a bone may turn away, in degrees", default=0.5, min=0.01, max=10.0
    )
    reduce_millimeters: bpy.props.FloatProperty(
        name="Within", description="How far the travel may differ, in millimeters", default=2.0, min=0.01, max=100.0
    )

    relax_fingers: bpy.props.BoolProperty(
        name="Relaxed hands", description="Fingers get a relaxed pose, where the rig has them", default=True
    )

    script: bpy.props.CollectionProperty(type=MotionwrightPrompt)
    script_index: bpy.props.IntProperty(name="Part of the script", update=_redraw)

    range_from: bpy.props.EnumProperty(name="Range", description="Which frames are made again", items=RANGES)
    body_part: bpy.props.EnumProperty(name="Body", description="What is made again", items=BODY_PARTS)
    range_prompt: bpy.props.StringProperty(
        name="New sentence",
        description="What the character should do there; empty: the sentence that the motion was made from",
        maxlen=PROMPT_CHARACTERS,
        options={"TEXTEDIT_UPDATE"},
    )

    curve: bpy.props.PointerProperty(
        name="Path",
        description="The curve that the character follows",
        type=bpy.types.Object,
        poll=lambda _, candidate: candidate.type == "CURVE",
    )
    speed: bpy.props.FloatProperty(
        name="Speed", description="2 plays twice as fast", default=1.0, min=0.1, max=10.0, precision=2
    )

    history: bpy.props.CollectionProperty(type=MotionwrightTake)
    history_index: bpy.props.IntProperty(name="Entry of the history")


_CLASSES = (MotionwrightPrompt, MotionwrightTake, MotionwrightCharacter, MotionwrightSettings)


def register() -> None:
    """Add the properties to scenes and objects."""
    for each in _CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Scene.motionwright = bpy.props.PointerProperty(type=MotionwrightSettings)
    bpy.types.Object.motionwright = bpy.props.PointerProperty(type=MotionwrightCharacter)


def unregister() -> None:
    """Take them away again."""
    del bpy.types.Object.motionwright
    del bpy.types.Scene.motionwright
    for each in reversed(_CLASSES):
        bpy.utils.unregister_class(each)
