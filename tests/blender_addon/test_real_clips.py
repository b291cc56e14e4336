"""Twenty clips of motion capture that were never trained on, on real characters and on made ones of every family."""

from dataclasses import replace

import numpy as np
import pytest
from bodies import body, renamed
from limbs import LIMBS, angle, lowest_skin, report
from naming import FAMILIES, counts

from blender_addon.errors import AddonError
from blender_addon.retarget.body_rig import pose_of
from blender_addon.retarget.body_skeleton import JOINT_NAMES
from blender_addon.retarget.curve_path import along_curve
from blender_addon.retarget.edits import heading_rad, hip_centers_m, mirrored, retimed, standing_as
from blender_addon.retarget.limb_controls import Control, LimbControls, by_limb_controls
from blender_addon.retarget.looping import looped
from blender_addon.retarget.reverse import RigPose, reverse
from blender_addon.retarget.rotations import about_axis
from blender_addon.retarget.source import read_motion
from blender_addon.retarget.transfer import retarget
from blender_addon.retarget.wide_hips import steadied, unsteadied
from blender_addon.rigs.building import build_rig
from blender_addon.rigs.detection import detect
from blender_addon.rigs.soles import soles

REAL = ["makehuman", "mesh2motion", "kenney", "rigify", "kaykit"]
SHAPES = [
    {"arms_down": 0.0},
    {"arms_down": 0.8, "scale": 100.0, "roll": 1.1},
    {"arms_down": 1.25, "elbows": 0.4, "yaw": 2.0, "toes": False},
    {"arms_down": 0.5, "up": "y", "clavicles": False, "scale": 0.01, "twists": True},
]


@pytest.fixture(scope="module")
def sources(real_clips, tmp_path_factory):
    """The clips as this room reads them."""
    folder, found = tmp_path_factory.mktemp("clips"), {}
    for name, motion in real_clips.items():
        motion.save(folder / f"{name}.npz")
        found[name] = read_motion(folder / f"{name}.npz")
    assert len(found) == 20
    return found


def rig_of(armature, linear=None):
    return build_rig(armature, detect(armature), linear)


def real_rig(character):
    """The rig of a real character, with the soles of its mesh as high as its ankles."""
    armature, vertices, weights = character
    rig = rig_of(armature)
    up = rig.axes.vectors_to_motion(vertices)[:, 1]
    low = np.flatnonzero(up < max(rig.head(f"{side}_ankle")[1] for side in ("left", "right")))
    owners = [armature.names[bone] for bone in weights[low].argmax(axis=1)] if len(low) else []
    return replace(rig, soles=soles(rig, armature, vertices[low], owners))


def check(rig, sources):
    reports = {name: report(rig, source, retarget(source, rig)) for name, source in sources.items()}
    print(
        f"\n{rig.family}: limbs at most {max(r.mean for r in reports.values()):.2f}° mean,",
        f"{max(r.worst for r in reports.values()):.1f}° in the worst frame;",
        f"feet slide {max(r.more_slide for r in reports.values()):+.2f} cm/s more,",
        f"lowest {min(r.lowest for r in reports.values()):+.2f} cm,",
        f"knees {min(r.knees for r in reports.values()):.1f}°",
    )
    for name, found in reports.items():
        assert found.mean < 3.0, name
        assert found.worst < 10.0, name
        assert found.more_slide < 1.0, name
        assert found.lowest > -1.0, name
        assert found.knees > 0.0, name
        assert found.elbows > -1.0, name


DEEPEST_CM = {"kaykit": (6.0, 2.5)}
"""How far a mesh may sink, in the worst frame and in one of fifty: a toy's shoe is as long as its shin."""


@pytest.mark.parametrize("name", REAL)
def test_real_characters(name, real_characters, sources):
    if name not in real_characters:
        pytest.skip("the archive of this character is not at hand")
    armature, *skin = real_characters[name]
    rig = real_rig(real_characters[name])
    check(rig, sources)
    if len(skin[0]) == 0:
        assert name == "rigify"
        return
    found = [lowest_skin(armature, rig, skin, retarget(source, rig)) for source in sources.values()]
    depths = -80.0 * np.concatenate(found)  # centimeters, were its legs a person's
    print(
        f"{name}: its mesh {depths.max():.2f} cm under the floor at most, {np.percentile(depths, 98):.2f} in 2 of 100"
    )
    most, usual = DEEPEST_CM.get(name, (1.2, 1.0))
    assert depths.max() < most and np.percentile(depths, 98) < usual
    assert set(rig.soles) == {f"{side}_{part}" for side in ("left", "right") for part in ("ankle", "foot")}


@pytest.mark.parametrize("family", FAMILIES)
def test_made_characters(family, sources):
    names = FAMILIES[family]
    spine, neck = counts(names)
    shape = SHAPES[list(FAMILIES).index(family) % len(SHAPES)]
    check(rig_of(renamed(body(spine=spine, neck=neck, **shape), names)), sources)


@pytest.mark.parametrize("name", REAL)
def test_there_and_back_again(name, real_characters, sources):
    """Degrees of every joint that the rig has a bone for; centimeters in the character's own size."""
    if name not in real_characters:
        pytest.skip("the archive of this character is not at hand")
    rig = real_rig(real_characters[name])
    trunk = {"spine1", "spine2", "spine3"}
    shown = [joint for joint in JOINT_NAMES if joint in trunk or any(bone.role == joint for bone in rig.bones)]
    degrees, everything, centimeters = [], [], []
    for source in sources.values():
        back = reverse(pose_of(retarget(source, rig, from_rest=False), rig), rig, source.fps)
        order = [source.index(joint) for joint in back.joint_names]
        apart = np.swapaxes(back.global_rotations, -1, -2) @ source.global_rotations[:, order]
        cosines = (np.trace(apart, axis1=-2, axis2=-1) - 1.0) / 2.0
        turned = np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))
        degrees.append(turned[:, [back.index(joint) for joint in shown]].mean())
        everything.append(turned.mean())
        far = np.linalg.norm(back.positions_m - source.positions_m[:, order], axis=-1).mean()
        centimeters.append(100 * far * (rig.leg_length / source.leg_length_m if name == "kaykit" else 1.0))
    print(
        f"\n{name}: {np.mean(degrees):.2f}° over {len(shown)} joints, {np.mean(everything):.2f}° over all;",
        f"{np.mean(centimeters):.2f} cm, at most {max(centimeters):.2f} cm",
    )
    assert np.mean(degrees) < 1.0
    assert np.mean(centimeters) < 1.0


CONTROLS = {
    "arm": (("shoulder", "elbow", "wrist"), "hand_ik.{}", "upper_arm_ik_target.{}"),
    "leg": (("hip", "knee", "ankle"), "foot_ik.{}", "thigh_ik_target.{}"),
}


@pytest.mark.parametrize("limb", CONTROLS)
def test_poles_do_not_jump(limb, real_armatures, sources):
    """Where a limb is nearly straight its plane is in doubt; a pole that changed sides would show as a step."""
    armature = real_armatures["rigify"]
    rig, (joints, end, pole) = rig_of(armature), CONTROLS[limb]

    def control(name):
        index = armature.index(name)
        return Control(name, armature.heads[index], armature.orientations[index])

    limbs = [
        LimbControls(
            tuple(f"{side}_{joint}" for joint in joints),
            control(end.format(side[0].upper())),
            control(pole.format(side[0].upper())),
            None,
            frozenset(rig.bones[rig.index(f"{side}_{joint}")].name for joint in joints),
        )
        for side in ("left", "right")
    ]
    for name, source in sources.items():
        keyed = by_limb_controls(retarget(source, rig), rig, limbs)
        for each in limbs:
            steps = np.linalg.norm(np.diff(keyed.places[each.pole.name], axis=0), axis=-1)
            assert steps.max() < 1.2 * np.percentile(steps, 99) + 0.05, name


@pytest.mark.parametrize("width", [0.09, 0.3])
def test_what_wide_hips_leave_out_comes_back(width):
    """The pelvis of somebody who walks, turns and leans, steadied for a rig and read off it again."""
    armature = body()
    heads, tails = armature.heads.copy(), armature.tails.copy()
    for bone, name in enumerate(armature.names):
        if name.startswith(("thigh", "shin", "foot", "toe")):
            for points in (heads, tails):
                points[bone, 0] = np.sign(points[bone, 0]) * width
    rig = rig_of(replace(armature, heads=heads, tails=tails))
    time = np.arange(120) / 30.0
    yaw = about_axis([0.0, 1.0, 0.0], 0.2 * np.sin(6.0 * time) + 0.5 * time)
    pelvis = yaw @ about_axis([0.0, 0.0, 1.0], 0.12 * np.sin(5.0 * time)) @ about_axis([1.0, 0.0, 0.0], 0.1 * time)
    less = steadied(rig, pelvis, 30.0)
    changed = np.abs(less - pelvis).max()
    assert changed < 1e-9 if width == 0.09 else changed > 0.05
    np.testing.assert_allclose(unsteadied(rig, less, 30.0), pelvis, atol=2e-3)


@pytest.mark.parametrize("stretch", [(1.0, 1.0, 1.3), (1.2, 0.9, 1.0)])
def test_an_uneven_scale_slants_no_limb(stretch, sources):
    """Seen in the scene, where the object's scale has slanted every bone, limbs point where the motion's point."""
    armature, linear = body(arms_down=0.7), np.diag(stretch)
    rig = rig_of(armature, linear)
    by = rig.axes.matrix.T @ linear @ rig.axes.matrix
    for source in sources.values():
        moved = retarget(source, rig)
        heads = [moved.places[rig.bones[0].name] @ rig.axes.matrix]
        rest = np.stack([bone.orientation for bone in rig.bones])
        turns = rig.axes.matrix.T @ moved.orientations @ np.swapaxes(rest, -1, -2)
        for bone in rig.bones[1:]:
            heads.append(heads[bone.parent] + turns[:, bone.parent] @ (bone.head - rig.bones[bone.parent].head))
        for side in ("left", "right"):
            for joint, following in LIMBS:
                seen = (heads[rig.find(f"{side}_{following}")] - heads[rig.find(f"{side}_{joint}")]) @ by.T
                ends = [source.positions_m[:, source.index(f"{side}_{each}")] for each in (joint, following)]
                error = angle(seen, ends[1] - ends[0])
                # What planted feet take up, they take up in the legs, whose lengths the scale has changed too.
                assert error.max() < (0.1 if joint in ("shoulder", "elbow") else 10.0)
                assert error.mean() < 3.0


def test_a_curve_is_followed_without_sliding(sources):
    source = next(clip for name, clip in sources.items() if "walk_" in name)
    angles = np.linspace(0.0, np.pi / 2, 60)
    circle = 3.0 * np.stack([1.0 - np.cos(angles), np.zeros(60), np.sin(angles)], axis=-1)
    bent = along_curve(source, circle)
    way = hip_centers_m(bent)[:, [0, 2]]
    arc = way[way[:, 1] < 2.7]
    assert np.abs(np.hypot(arc[:, 0] - 3.0, arc[:, 1]) - 3.0).max() < 0.2
    for side, column in (("left", 1), ("right", 3)):
        stands = (bent.foot_contacts[1:, column] > 0.5) & (bent.foot_contacts[:-1, column] > 0.5)
        steps = np.diff(bent.positions_m[:, bent.index(f"{side}_foot")][:, [0, 2]], axis=0)
        assert np.linalg.norm(steps, axis=-1)[stands].max() < 1e-3
        turning, own = (np.abs(np.diff(foot_heading(motion, side)))[stands].mean() for motion in (bent, source))
        assert turning < own + np.radians(0.1)


def foot_heading(motion, side):
    """(N,) radians: where a foot points over the ground, from its ankle to its ball."""
    ankle, ball = (motion.positions_m[:, motion.index(f"{side}_{joint}")] for joint in ("ankle", "foot"))
    ahead = ball - ankle
    return np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 2]))


def test_mirrored_twice_is_the_motion_itself(sources):
    source = next(iter(sources.values()))
    again = mirrored(mirrored(source))
    np.testing.assert_array_equal(again.local_rotations_wxyz, source.local_rotations_wxyz)
    other = mirrored(source).positions_m[:, source.index("left_wrist")]
    np.testing.assert_allclose(other * [-1, 1, 1], source.positions_m[:, source.index("right_wrist")], atol=2e-6)


def test_a_loop_ends_as_it_begins(sources):
    """The pose of the last frame is the first's, as seen from where the character is; the join is no jerk."""
    for name, source in sources.items():
        loop = looped(source)
        assert len(source) // 2 < len(loop) <= len(source), name
        there, here = loop.positions_m[-1], loop.positions_m[0]
        turned = heading_rad(loop)
        level = np.array([1.0, 0.0, 1.0])
        seen = [
            (places - loop.positions_m[frame, 0] * level) @ about_axis([0.0, 1.0, 0.0], -turned[frame]).T
            for frame, places in ((-1, there), (0, here))
        ]
        np.testing.assert_allclose(seen[0], seen[1], atol=1e-6)
        own = np.abs(np.diff(source.local_rotations_wxyz, axis=0)).max()
        steps = np.diff(loop.local_rotations_wxyz[:12], axis=0)
        assert np.abs(steps).max() < 2.0 * own, name
    with pytest.raises(AddonError, match="less than a second"):
        looped(retimed(source, 20))


@pytest.mark.parametrize("name", ["kenney", "makehuman"])
def test_neither_way_nor_place_grows_from_bake_to_bake(name, real_armatures, sources):
    rig = rig_of(real_armatures[name])
    walk = next(clip for clip_name, clip in sources.items() if "walk_" in clip_name)
    stand = next(clip for clip_name, clip in sources.items() if "raise-up-left" in clip_name)
    ways, places, read = [], [], walk
    standing = retarget(stand, rig)
    for _ in range(3):
        pose = pose_of(retarget(read, rig, from_rest=False), rig)
        ways.append(np.linalg.norm(pose.hip_centers[-1] - pose.hip_centers[0]))
        read = reverse(pose, rig, walk.fps)
        shown = pose_of(standing, rig)
        places.append(shown.hip_centers[0] / rig.leg_length)
        first = reverse(RigPose(shown.turns[:1], shown.hip_centers[:1]), rig, stand.fps)
        standing = retarget(standing_as(stand, first), rig, from_rest=False, from_start=True)
    np.testing.assert_allclose(ways, ways[0], rtol=0.002)
    np.testing.assert_allclose(places, [places[0]] * 3, atol=5e-4)


@pytest.mark.parametrize("frames", [20, 300])
def test_retiming_keeps_beginning_and_end(frames, sources):
    source = next(iter(sources.values()))
    timed = retimed(source, frames)
    assert len(timed) == frames and timed.fps == source.fps
    for place in (0, -1):
        np.testing.assert_allclose(timed.positions_m[place], source.positions_m[place], atol=1e-6)
