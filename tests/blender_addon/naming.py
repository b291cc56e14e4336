"""How families of rigs name the bones of a body: the parts of `bodies.body` in the words of each, for tests."""

PARTS = ("clavicle", "upperarm", "forearm", "hand", "thigh", "shin", "foot", "toe")
LEFT_RIGHT, UPPER, LOWER = ("Left", "Right"), ("L", "R"), ("l", "r")


def _sided(pattern, sides, words):
    """Names of both sides: `pattern` has # for the word and @ for the side."""
    return {
        f"{part}_{side}": pattern.replace("#", word).replace("@", says)
        for part, word in zip(PARTS, words, strict=True)
        if word
        for side, says in zip("lr", sides, strict=True)
    }


def _trunk(pelvis, spine, neck, head):
    named = {"pelvis": pelvis, "head": head}
    named |= {f"spine{i}": name for i, name in enumerate(spine)}
    return named | {f"neck{i}": name for i, name in enumerate(neck)}


_MIXAMO = ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase")
_UNREAL = ("clavicle", "upperarm", "lowerarm", "hand", "thigh", "calf", "foot", "ball")
_UNITY = ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes")

FAMILIES = {
    "Mixamo": _trunk(
        "mixamorig:Hips", [f"mixamorig:Spine{n}" for n in ("", 1, 2)], ["mixamorig:Neck"], "mixamorig:Head"
    )
    | _sided("mixamorig:@#", LEFT_RIGHT, _MIXAMO),
    "HumanIK": _trunk(
        "Character1_Hips", [f"Character1_Spine{n}" for n in ("", 1)], ["Character1_Neck"], "Character1_Head"
    )
    | _sided("Character1_@#", LEFT_RIGHT, _MIXAMO),
    "Unreal Engine": _trunk("pelvis", [f"spine_0{n}" for n in range(1, 6)], ["neck_01", "neck_02"], "head")
    | _sided("#_@", LOWER, _UNREAL),
    "Unreal Engine 4": _trunk("pelvis", [f"spine_0{n}" for n in range(1, 4)], ["neck_01"], "head")
    | _sided("#_@", LOWER, _UNREAL),
    "MakeHuman CMU": _trunk("Hips", ["LowerBack", "Spine", "Spine1"], ["Neck", "Neck1"], "Head")
    | _sided("@#", LEFT_RIGHT, _MIXAMO),
    "MakeHuman": _trunk("root", [f"spine0{n}" for n in (5, 4, 3, 2, 1)], ["neck01", "neck02"], "head")
    | _sided(
        "#.@",
        UPPER,
        ("clavicle", "upperarm01", "lowerarm01", "wrist", "upperleg01", "lowerleg01", "foot", "toe1-1"),
    ),
    "Character Creator": _trunk(
        "CC_Base_Hip",
        ["CC_Base_Waist", "CC_Base_Spine01", "CC_Base_Spine02"],
        ["CC_Base_NeckTwist01", "CC_Base_NeckTwist02"],
        "CC_Base_Head",
    )
    | _sided("CC_Base_@_#", UPPER, ("Clavicle", "Upperarm", "Forearm", "Hand", "Thigh", "Calf", "Foot", "ToeBase")),
    "Daz Genesis 8": _trunk(
        "hip", ["abdomenLower", "abdomenUpper", "chestLower", "chestUpper"], ["neckLower", "neckUpper"], "head"
    )
    | _sided("@#", LOWER, ("Collar", "ShldrBend", "ForearmBend", "Hand", "ThighBend", "Shin", "Foot", "Toe")),
    "Daz Genesis 9": _trunk("hip", [f"spine{n}" for n in range(1, 5)], ["neck1", "neck2"], "head")
    | _sided("@_#", LOWER, ("shoulder", "upperarm", "forearm", "hand", "thigh", "shin", "foot", "toes")),
    "VRoid": _trunk(
        "J_Bip_C_Hips", [f"J_Bip_C_{n}" for n in ("Spine", "Chest", "UpperChest")], ["J_Bip_C_Neck"], "J_Bip_C_Head"
    )
    | _sided("J_Bip_@_#", UPPER, (*_UNITY[:-1], "ToeBase")),
    "Unity humanoid": _trunk("Hips", ["Spine", "Chest"], ["Neck"], "Head") | _sided("@#", LEFT_RIGHT, _UNITY),
    "MikuMikuDance": _trunk("センター", ["上半身", "上半身2"], ["首"], "頭")
    | _sided("@#", ("左", "右"), ("肩", "腕", "ひじ", "手首", "足", "ひざ", "足首", "つま先")),
    "3ds Max Biped": _trunk("Bip001 Pelvis", ["Bip001 Spine", "Bip001 Spine1"], ["Bip001 Neck"], "Bip001 Head")
    | _sided("Bip001 @ #", UPPER, ("Clavicle", "UpperArm", "Forearm", "Hand", "Thigh", "Calf", "Foot", "Toe0")),
    "SMPL-X": _trunk("pelvis", ["spine1", "spine2", "spine3"], ["neck"], "head")
    | _sided("@_#", ("left", "right"), ("collar", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "foot")),
    "Human Generator": _trunk("spine", [f"spine.00{n}" for n in (1, 2, 3)], ["neck"], "head")
    | _sided("#.@", UPPER, ("shoulder", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe")),
    "Auto-Rig Pro export": _trunk("root.x", [f"spine_0{n}.x" for n in (1, 2, 3)], ["neck.x"], "head.x")
    | _sided(
        "#.@",
        LOWER,
        ("shoulder", "arm_stretch", "forearm_stretch", "hand", "thigh_stretch", "leg_stretch", "foot", "toes_01"),
    ),
    "Blender names": _trunk("hips", ["spine", "chest"], ["neck"], "head")
    | _sided("#.@", UPPER, ("shoulder", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe")),
    "Blender names, underlined": _trunk("hips", ["spine", "chest"], ["neck"], "head")
    | _sided("#_@", LOWER, ("shoulder", "upper_arm", "lower_arm", "hand", "upper_leg", "lower_leg", "foot", "toe")),
    "other words": _trunk("Becken", ["Bauch", "Brust"], ["Hals"], "Kopf")
    | _sided("@#", ("Links", "Rechts"), ("Schulter", "Oberarm", "Unterarm", "Hand", "Schenkel", "Wade", "Fuss", "Zeh")),
}
"""Family → a part's name in `bodies.body` → the bone's name in that family."""


def counts(names):
    """How many bones of the spine and of the neck a family has."""
    return sum(part.startswith("spine") for part in names), sum(part.startswith("neck") for part in names)
