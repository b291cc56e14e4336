"""The stage of a preview: ground, light and camera, in metres, Z up, the character facing −Y at 1.75 m."""

from __future__ import annotations

import math
from typing import Any

import bpy
from mathutils import Matrix, Vector

_AZIMUTH = math.radians(32.0)  # the camera stands in front, to the character's left
_ELEVATION = math.radians(9.0)
_GROUND = (0.62, 0.63, 0.65, 1.0)
_TILES = (0.50, 0.52, 0.55, 1.0)
_TILE_M = 0.5
_TILES_REACH_M = 40
_INK = (0.05, 0.05, 0.06, 1.0)

RIGHT = Vector((math.cos(_AZIMUTH), math.sin(_AZIMUTH), 0.0))
"""The way along which the figures stand side by side: to the right in the picture."""

TOWARD_CAMERA = Vector((math.sin(_AZIMUTH), -math.cos(_AZIMUTH), 0.0))
"""Level, from the figures to the camera."""


def make_stage() -> Any:
    """A scene of its own with ground and light."""
    scene = bpy.data.scenes.new("Stage")
    ground = bpy.data.meshes.new("Ground")
    corners = [(-200, -200, 0), (200, -200, 0), (200, 200, 0), (-200, 200, 0)]
    ground.from_pydata(corners, [], [(0, 1, 2, 3)])
    ground.materials.append(make_material("Ground", _GROUND, roughness=0.9))
    _add(scene, "Ground", ground)
    _add_sun(scene, "Key", strength=2.6, soft_degrees=14.0, towards=(-0.55, 0.75, -1.25))
    _add_sun(scene, "Rim", strength=0.9, soft_degrees=30.0, towards=(0.8, -0.7, -0.6))
    world = bpy.data.worlds.new("Stage")
    world.color = (0.55, 0.58, 0.62)
    if world.node_tree is None:  # before 5.0 a world starts without nodes
        world.use_nodes = True
    background = next((node for node in world.node_tree.nodes if node.type == "BACKGROUND"), None)
    if background is not None:
        background.inputs["Color"].default_value = (0.72, 0.78, 0.86, 1.0)
        background.inputs["Strength"].default_value = 0.55
    scene.world = world
    return scene


def make_material(name: str, color: tuple[float, float, float, float], roughness: float) -> Any:
    """A plain material."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:
        material.use_nodes = True
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = color
    shader.inputs["Roughness"].default_value = roughness
    return material


def add_caption(scene: Any, text: str, place: Vector, height: float) -> None:
    """Words that stand on the ground at `place` and face the camera."""
    curve = bpy.data.curves.new("Caption", type="FONT")
    curve.body, curve.size, curve.align_x = text, height, "CENTER"
    curve.materials.append(make_material("Caption", _INK, roughness=1.0))
    caption = _add(scene, "Caption", curve)
    caption.matrix_world = Matrix.Translation(place) @ _camera_turn().to_4x4()
    caption.visible_shadow = False


def add_tiles(scene: Any) -> None:
    """Squares on the ground, so that a camera that goes along shows how far."""
    count = round(_TILES_REACH_M / _TILE_M)
    corners, faces = [], []
    for row in range(-count, count):
        for column in range(-count + row % 2, count, 2):
            faces.append(tuple(range(len(corners), len(corners) + 4)))
            corners += [
                ((column + x) * _TILE_M, (row + y) * _TILE_M, 0.001) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))
            ]
    tiles = bpy.data.meshes.new("Tiles")
    tiles.from_pydata(corners, [], faces)
    tiles.materials.append(make_material("Tiles", _TILES, roughness=0.9))
    _add(scene, "Tiles", tiles)


def add_camera(scene: Any, center: Vector, width: float, height: float, pixels_high: int) -> None:
    """A camera without perspective that sees `width` × `height` metres around `center`."""
    camera = bpy.data.cameras.new("Camera")
    camera.type, camera.ortho_scale, camera.clip_end = "ORTHO", max(width, height), 1000.0
    scene.camera = _add(scene, "Camera", camera)
    aim_camera(scene, center)
    scene.render.resolution_y = pixels_high
    scene.render.resolution_x = round(pixels_high * width / height)
    scene.render.resolution_percentage = 100


def aim_camera(scene: Any, center: Vector) -> None:
    """Have the camera see as much as before, around `center`."""
    seen_from = center + 60.0 * (TOWARD_CAMERA * math.cos(_ELEVATION) + Vector((0, 0, math.sin(_ELEVATION))))
    scene.camera.matrix_world = Matrix.Translation(seen_from) @ _camera_turn().to_4x4()


def down_the_picture(toward_camera: float) -> float:
    """How much lower in the picture a point on the ground appears that is so much nearer to the camera."""
    return toward_camera * math.sin(_ELEVATION)


def up_the_picture(height: float) -> float:
    """How much higher in the picture a point appears that is so much higher."""
    return height * math.cos(_ELEVATION)


def render(scene: Any, path: str, samples: int = 8) -> None:
    """Path tracing on the processor, few samples, denoised: it needs neither a screen nor a graphics card."""
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = samples
    scene.cycles.max_bounces = 3
    scene.cycles.use_denoising = True
    scene.cycles.denoising_quality = "FAST"  # a third of the time of the best, and no eye tells them apart here
    scene.cycles.seed = 0
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.render.use_file_extension = False
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True, scene=scene.name)


def _camera_turn() -> Matrix:
    """Columns: right, up and backward of the camera."""
    back = TOWARD_CAMERA * math.cos(_ELEVATION) + Vector((0.0, 0.0, math.sin(_ELEVATION)))
    up = back.cross(RIGHT)
    return Matrix((RIGHT, up, back)).transposed()


def _add_sun(scene: Any, name: str, strength: float, soft_degrees: float, towards: tuple[float, float, float]) -> None:
    light = bpy.data.lights.new(name, type="SUN")
    light.energy, light.angle = strength, math.radians(soft_degrees)
    sun = _add(scene, name, light)
    sun.rotation_mode = "QUATERNION"
    sun.rotation_quaternion = Vector(towards).to_track_quat("-Z", "Y")


def _add(scene: Any, name: str, data: Any) -> Any:
    added = bpy.data.objects.new(name, data)
    scene.collection.objects.link(added)
    return added
