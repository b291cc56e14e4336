"""The extension's preferences: which engine, where everything lies, and the button that sets the engine up."""

import sys
import tomllib
from pathlib import Path

import bpy

from .engine_link import engine
from .engine_link.engine import State
from .engine_link.settings import EngineSettings, Mode
from .engine_link.wheels import Wheels, carried_wheels
from .operators.engine import draw_engine

_HERE = Path(__file__).parent
_MODES = (
    (Mode.MANAGED, "Managed", "A private environment that the extension sets up for itself; nothing else is touched"),
    (Mode.PYTHON, "Own Python", 'A Python in which you have run pip install "motionwright"'),
    (Mode.ADDRESS, "Address", "An engine that runs already, on this machine or another one"),
)


def _configure(self: "MotionwrightPreferences", context: bpy.types.Context) -> None:
    engine.configure(self.settings())


class MotionwrightPreferences(bpy.types.AddonPreferences):
    bl_idname = __package__

    mode: bpy.props.EnumProperty(
        name="Engine", items=[(str(mode), name, text) for mode, name, text in _MODES], update=_configure
    )
    python: bpy.props.StringProperty(
        name="Python", description="The interpreter that has the engine", subtype="FILE_PATH", update=_configure
    )
    address: bpy.props.StringProperty(
        name="Address", description="Where the engine listens, like http://127.0.0.1:8765", update=_configure
    )
    token: bpy.props.StringProperty(
        name="Token",
        description="The word that opens the engine; it is in the file that the engine names at its start",
        subtype="PASSWORD",
        update=_configure,
    )
    model: bpy.props.StringProperty(
        name="Model",
        description="The folder of a model bundle; empty for the one that comes with the engine",
        subtype="DIR_PATH",
        update=_configure,
    )
    start_with_blender: bpy.props.BoolProperty(
        name="Start with Blender",
        description="Start the engine when Blender starts, so that the first motion comes sooner",
    )
    port: bpy.props.IntProperty(
        name="Port",
        description="The port that the engine listens on, for other programs that share it; 0 for any free one",
        min=0,
        max=65535,
        update=_configure,
    )
    store_megabytes: bpy.props.IntProperty(
        name="Kept Motions (MB)",
        description="How much disk space the engine's recent motions may take; the oldest go first",
        default=512,
        min=16,
        max=65536,
        update=_configure,
    )

    def settings(self) -> EngineSettings:
        """These preferences as the engine link reads them."""
        return _settings(
            mode=Mode(self.mode),
            python=Path(bpy.path.abspath(self.python)) if self.python else None,
            url=self.address.strip(),
            token=self.token.strip(),
            model=bpy.path.abspath(self.model) if self.model else "",
            port=self.port,
            store_megabytes=self.store_megabytes,
        )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.row().prop(self, "mode", expand=True)
        if self.mode == Mode.PYTHON:
            layout.prop(self, "python")
        if self.mode == Mode.ADDRESS:
            layout.prop(self, "address")
            layout.prop(self, "token")
        draw_engine(layout.box(), context)
        if self.mode != Mode.ADDRESS:
            layout.prop(self, "model", placeholder="The one that comes with the engine")
            layout.prop(self, "store_megabytes")
            layout.prop(self, "port")
        layout.prop(self, "start_with_blender")
        _draw_places(layout, self.settings())


def _draw_places(layout: bpy.types.UILayout, settings: EngineSettings) -> None:
    header, body = layout.panel("motionwright_places", default_closed=True)
    header.label(text="What Is Where")
    if body is None:
        return
    status = engine.status()
    rows = [
        ("Extension", f"{settings.version}, {_HERE}"),
        ("Blender's Python", str(settings.base_python)),
        ("Engine and motions", str(settings.folder)),
        ("Log", str(settings.log)),
        ("Set up from", _wheels_sentence(carried_wheels(settings.wheels))),
    ]
    if status.state is State.READY:
        rows.append(("Running", " ".join(filter(None, ("on", status.provider, status.version)))))
    for name, value in rows:
        row = body.split(factor=0.2)
        row.label(text=name)
        row.label(text=value)
    body.operator("wm.path_open", text="Open Folder", icon="FILE_FOLDER").filepath = str(settings.folder)


def _wheels_sentence(wheels: Wheels) -> str:
    if wheels.motionwright is None:
        return "nothing: this copy of the extension carries no engine"
    return "this extension alone, without the network" if wheels.complete else "this extension and the package index"


def _settings(**preferences: object) -> EngineSettings:
    return EngineSettings(
        folder=_folder(),
        version=tomllib.loads((_HERE / "blender_manifest.toml").read_text(encoding="utf-8"))["version"],
        base_python=Path(sys.executable),
        wheels=_HERE / "wheels",
        **preferences,
    )


def _folder() -> Path:
    """Ours alone, kept when the extension is updated."""
    if __package__.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(__package__, create=True))
    return Path(bpy.utils.user_resource("DATAFILES", path="motionwright", create=True))


def _saved() -> MotionwrightPreferences | None:
    """What the user has chosen; None where the extension was registered by a script."""
    addon = bpy.context.preferences.addons.get(__package__)
    return None if addon is None else addon.preferences


def register() -> None:
    """Add the preferences to Blender, and hand them to the engine link."""
    bpy.utils.register_class(MotionwrightPreferences)
    saved = _saved()
    engine.configure(saved.settings() if saved is not None else _settings())
    if saved is not None and saved.start_with_blender and not bpy.app.background:
        bpy.app.timers.register(_start, first_interval=1.0)


def unregister() -> None:
    """Take them away again."""
    bpy.utils.unregister_class(MotionwrightPreferences)


def _start() -> None:
    if bpy.ops.motionwright.start_engine.poll():
        bpy.ops.motionwright.start_engine()
