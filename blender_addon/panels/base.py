"""What all panels of the tab share, and the parts that several of them show."""

from typing import Any

from ..engine_link import engine
from ..engine_link.engine import State
from ..operators.base import active_armature, nobody
from ..operators.engine import draw_remedy, draw_sentence
from ..session import characters, jobs

CLOSED = {"DEFAULT_CLOSED"}
_LETTER_WIDTH, _FIELD_MARGIN = 6.2, 70
BUTTON_HEIGHT = 1.5
"""Of the buttons that make a motion, and of the progress that takes their place."""


class SidebarPanel:
    """The tab and region of every panel here."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Motionwright"


def split(layout: Any) -> Any:
    """A column of fields with their names on the left, without keyframe dots."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def draw_character(layout: Any, context: Any) -> None:
    """Who gets the motion, and what the rig was found to be."""
    armature = active_armature(context)
    if armature is None:
        draw_sentence(layout, context, f"{nobody(context)}.", "INFO")
        return
    found = characters.known(armature)
    if found is None:
        characters.look_soon(armature)
        layout.label(text=f"{armature.name}: looking at the bones …", icon="ARMATURE_DATA")
    elif found.refusal:
        draw_sentence(layout, context, found.refusal, "ERROR")
    else:
        layout.label(text=f"{armature.name} ({found.rig_map.family})", icon="ARMATURE_DATA")


def draw_engine_trouble(layout: Any, context: Any) -> None:
    """That the engine is missing or has failed, with the button that mends it; nothing where all is well."""
    status = engine.status()
    if status.state not in (State.MISSING, State.FAILED, State.SETTING_UP):
        return
    box = layout.box()
    icon = "SORTTIME" if status.state is State.SETTING_UP else "ERROR"
    draw_sentence(box, context, status.sentence, icon)
    if status.state is State.SETTING_UP:
        box.progress(factor=status.fraction, text=f"{status.fraction:.0%}")
    draw_remedy(box, status.remedy)


def draw_notice(layout: Any, context: Any) -> None:
    """What went wrong last, with the button that mends it."""
    trouble = jobs.trouble()
    if trouble is None or trouble.sentence == engine.status().sentence:
        return
    box = layout.box()
    row = box.row()
    draw_sentence(row.column(), context, trouble.sentence, "INFO" if trouble.is_warning else "ERROR")
    row.operator("motionwright.close_notice", text="", icon="X", emboss=False)
    draw_remedy(box, trouble.remedy)


def draw_big_button(layout: Any, operator: str, text: str, icon: str) -> None:
    """The button of a panel that makes a motion."""
    row = layout.row()
    row.scale_y = BUTTON_HEIGHT
    row.operator(operator, text=text, icon=icon)


def draw_words(layout: Any, context: Any, group: Any, name: str, placeholder: str) -> None:
    """A field for a sentence, and under it the sentence in full where the field is too narrow for it."""
    row = layout.row()
    row.scale_y = 1.3
    row.prop(group, name, text="", placeholder=placeholder)
    words, scale = getattr(group, name), context.preferences.system.ui_scale
    if len(words) * _LETTER_WIDTH * scale > context.region.width - _FIELD_MARGIN * scale:
        draw_sentence(layout, context, words, "BLANK1")


def draw_job(layout: Any) -> bool:
    """The progress of the job that runs, and the button that stops it; whether one runs."""
    job = jobs.running()
    if job is None:
        return False
    row = layout.split(factor=0.68, align=True)
    row.scale_y = BUTTON_HEIGHT
    row.progress(factor=job.fraction, text=job.message)
    row.operator("motionwright.cancel", text="Cancel")
    return True
