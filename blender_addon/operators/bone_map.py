"""Looking at a character's bone map, correcting it bone by bone, keeping it and sharing it."""

import re
from pathlib import Path
from typing import Any

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..errors import AddonError
from ..rigs.reading import read_armature
from ..rigs.rig_map import SLOTS, RigMap
from ..session.characters import forget_all, known, look, map_folder
from ..session.complaints import complaining
from .base import REGISTERED, UNDOABLE, active_armature, nobody


def _has_armature(operator: type, context: Any) -> bool:
    if active_armature(context) is None:
        operator.poll_message_set(nobody(context))
        return False
    return True


def _has_map(operator: type, context: Any) -> bool:
    if not _has_armature(operator, context):
        return False
    found = known(active_armature(context))
    if found is not None and found.rig_map is None:
        operator.poll_message_set("This armature has no bone map yet; begin one with Assign Bone")
        return False
    return True


def _map(armature: Any) -> RigMap:
    """The map as it is, or an empty one to begin with."""
    return look(armature).rig_map or RigMap("own map", {})


def _correct(armature: Any, rig_map: RigMap) -> None:
    armature.motionwright.bone_map = rig_map.to_json()
    look(armature)


class AssignBone(bpy.types.Operator):
    """Choose the bone for one part of the body; without a name, the active bone"""

    bl_idname = "motionwright.assign_bone"
    bl_label = "Assign Bone"
    bl_options = UNDOABLE
    bl_property = "bone"

    slot: bpy.props.EnumProperty(
        name="Part", description="The part of the body", items=[(slot.name, slot.label, "") for slot in SLOTS]
    )
    bone: bpy.props.StringProperty(
        name="Bone", description="The bone's name; empty: the active bone", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_armature(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        armature = active_armature(context)
        active = armature.data.bones.active
        bone = self.bone or (active.name if active is not None else "")
        if bone not in armature.data.bones:
            raise AddonError(
                f"The armature has no bone “{bone}”." if bone else "Make a bone active first, in Pose Mode."
            )
        _correct(armature, _map(armature).with_bone(self.slot, bone))
        return {"FINISHED"}


class ClearBone(bpy.types.Operator):
    """Leave this part of the body without a bone"""

    bl_idname = "motionwright.clear_bone"
    bl_label = "Clear Bone"
    bl_options = UNDOABLE

    slot: bpy.props.EnumProperty(
        name="Part", description="The part of the body", items=[(slot.name, slot.label, "") for slot in SLOTS]
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_map(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        armature = active_armature(context)
        _correct(armature, _map(armature).with_bone(self.slot, None))
        return {"FINISHED"}


class MirrorMap(bpy.types.Operator):
    """Find the bones of one side from those of the other"""

    bl_idname = "motionwright.mirror_map"
    bl_label = "Mirror Bone Map"
    bl_options = UNDOABLE

    source: bpy.props.EnumProperty(
        name="From",
        description="The side that is right already",
        items=(("left", "Left to right", ""), ("right", "Right to left", "")),
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_map(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        armature = active_armature(context)
        _correct(armature, _map(armature).mirrored(read_armature(armature), self.source))
        return {"FINISHED"}


class DetectMap(bpy.types.Operator):
    """Forget corrections and find the bones again"""

    bl_idname = "motionwright.detect_map"
    bl_label = "Detect Bones Again"
    bl_options = UNDOABLE

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_armature(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        armature = active_armature(context)
        armature.motionwright.bone_map = ""
        forget_all()
        found = look(armature)
        if found.refusal:
            raise AddonError(found.refusal)
        self.report({"INFO"}, f"{found.rig_map.family}: {len(found.rig_map.bones)} bones.")
        return {"FINISHED"}


class SaveMap(bpy.types.Operator):
    """Keep this bone map as a preset: every rig that has these bones gets it from now on"""

    bl_idname = "motionwright.save_map"
    bl_label = "Save Bone Map as Preset"
    bl_options = REGISTERED

    name: bpy.props.StringProperty(name="Name", description="What the preset is called")

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_map(cls, context)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        self.name = active_armature(context).name
        return context.window_manager.invoke_props_dialog(self)

    @complaining
    def execute(self, context: Any) -> set[str]:
        name = re.sub(r"[^\w .-]", "_", self.name).strip(" .")
        if not name:
            raise AddonError("Give the preset a name.")
        armature, folder = active_armature(context), map_folder()
        folder.mkdir(parents=True, exist_ok=True)
        rig_map = _map(armature)
        rig_map.check(read_armature(armature))
        rig_map.save(folder / f"{name}.json")
        forget_all()
        self.report({"INFO"}, f"Saved as “{name}”.")
        return {"FINISHED"}


class ExportMap(ExportHelper, bpy.types.Operator):
    """Write this bone map to a file, for somebody else with the same rig"""

    bl_idname = "motionwright.export_map"
    bl_label = "Export Bone Map"
    bl_options = REGISTERED
    filename_ext = ".json"

    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_map(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        _map(active_armature(context)).save(Path(self.filepath))
        return {"FINISHED"}


class ImportMap(ImportHelper, bpy.types.Operator):
    """Read a bone map from a file"""

    bl_idname = "motionwright.import_map"
    bl_label = "Import Bone Map"
    bl_options = UNDOABLE
    filename_ext = ".json"

    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _has_armature(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        armature = active_armature(context)
        rig_map = RigMap.load(Path(self.filepath))
        rig_map.check(read_armature(armature))
        _correct(armature, rig_map)
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory(
    (
        AssignBone,
        ClearBone,
        MirrorMap,
        DetectMap,
        SaveMap,
        ExportMap,
        ImportMap,
    )
)
