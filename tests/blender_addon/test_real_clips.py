"""Twenty clips of motion capture that were never trained on, on real characters and on made ones of every family."""

import numpy as np
import pytest
from bodies import body, renamed
from limbs import LIMBS, angle, report
from naming import FAMILIES, counts

from blender_addon.retarget.body_rig import pose_of
from blender_addon.retarget.curve_path import along_curve
from blender_addon.retarget.edits import hip_centers_m, mirrored, retimed
from blender_addon.retarget.reverse import reverse
from blender_addon.retarget.source import read_motion
from blender_addon.retarget.transfer import retarget
from blender_addon.rigs.building import build_rig
from blender_addon.rigs.detection import detect

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


def check(rig, sources, worst=10.0):
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
        assert found.worst < worst, name
        assert found.more_slide < 1.0, name
        assert found.lowest > -1.0, name
        assert found.knees > 0.0, name
        assert found.elbows > -1.0, name


@pytest.mark.parametrize("name", REAL)
def test_real_characters(name, real_armatures, sources):
    if name not in real_armatures:
        pytest.skip("the archive of this character is not at hand")
    # The toy stands on legs shorter than its hips are wide, with feet as long as a third of them.
    check(rig_of(real_armatures[name]), sources, worst=15.0 if name == "kaykit" else 10.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_made_characters(family, sources):
    names = FAMILIES[family]
    spine, neck = counts(names)
    shape = SHAPES[list(FAMILIES).index(family) % len(SHAPES)]
    check(rig_of(renamed(body(spine=spine, neck=neck, **shape), names)), sources)


@pytest.mark.parametrize("name", ["makehuman", "mesh2motion", "kenney", "rigify"])
def test_there_and_back_again(name, real_armatures, sources):
    rig = rig_of(real_armatures[name])
    degrees, centimeters = [], []
    for source in sources.values():
        back = reverse(pose_of(retarget(source, rig, from_rest=False), rig), rig, source.fps)
        order = [source.index(joint) for joint in back.joint_names]
        apart = np.swapaxes(back.global_rotations, -1, -2) @ source.global_rotations[:, order]
        cosines = (np.trace(apart, axis1=-2, axis2=-1) - 1.0) / 2.0
        degrees.append(np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))).mean())
        centimeters.append(100 * np.linalg.norm(back.positions_m - source.positions_m[:, order], axis=-1).mean())
    print(f"\n{name}: {np.mean(degrees):.2f}° and {np.mean(centimeters):.2f} cm, at most {max(centimeters):.2f} cm")
    assert np.mean(degrees) < 1.0
    assert np.mean(centimeters) < 1.0


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
                assert error.max() < 0.1 if joint in ("shoulder", "elbow") else error.mean() < 4.0


def test_a_curve_is_followed_without_sliding(sources):
    source = next(clip for name, clip in sources.items() if "walk_" in name)
    angles = np.linspace(0.0, np.pi / 2, 60)
    circle = 3.0 * np.stack([1.0 - np.cos(angles), np.zeros(60), np.sin(angles)], axis=-1)
    bent = along_curve(source, circle)
    way = hip_centers_m(bent)[:, [0, 2]]
    arc = way[way[:, 1] < 2.7]
    assert np.abs(np.hypot(arc[:, 0] - 3.0, arc[:, 1]) - 3.0).max() < 0.2
    for joint, column in (("left_foot", 1), ("right_foot", 3)):
        stands = (bent.foot_contacts[1:, column] > 0.5) & (bent.foot_contacts[:-1, column] > 0.5)
        steps = np.diff(bent.positions_m[:, bent.index(joint)][:, [0, 2]], axis=0)
        assert np.linalg.norm(steps, axis=-1)[stands].max() < 1e-3


def test_mirrored_twice_is_the_motion_itself(sources):
    source = next(iter(sources.values()))
    again = mirrored(mirrored(source))
    np.testing.assert_array_equal(again.local_rotations_wxyz, source.local_rotations_wxyz)
    other = mirrored(source).positions_m[:, source.index("left_wrist")]
    np.testing.assert_allclose(other * [-1, 1, 1], source.positions_m[:, source.index("right_wrist")], atol=2e-6)


@pytest.mark.parametrize("frames", [20, 300])
def test_retiming_keeps_beginning_and_end(frames, sources):
    source = next(iter(sources.values()))
    timed = retimed(source, frames)
    assert len(timed) == frames and timed.fps == source.fps
    for place in (0, -1):
        np.testing.assert_allclose(timed.positions_m[place], source.positions_m[place], atol=1e-6)
