"""A walk baked onto real rigs in real Blenders, checked by code other than that which wrote it."""

import numpy as np
import pytest

IN_EVERY_BLENDER = ["test_limbs_point_where_the_motion_points"]
IN_ONE_BLENDER = [
    "test_the_scene_keeps_its_frame_rate",
    "test_other_rotation_modes_are_continuous",
    "test_the_same_bake_gives_the_same_keys",
    "test_unmapped_bones_stay_as_the_user_left_them",
    "test_the_rigify_metarig_is_a_rig_too",
]
RIGS = ["makehuman", "mesh2motion", "kenney", "rigify", "synthetic"]


def show(title, report):
    """The numbers, for whoever runs pytest with -s or -rP."""
    means = "  ".join(f"{part} {value:.2f}°" for part, value in report["mean"].items())
    mesh = "" if report["mesh_lowest"] is None else f", mesh {100 * report['mesh_lowest']:+.1f} cm"
    print(
        f"\n{title}: mean error {means}; lowest foot {100 * report['lowest']:+.1f} cm{mesh}; "
        f"a standing foot moves {1000 * report['slide']:.2f} mm a frame, at most {1000 * report['slide_worst']:.1f}"
    )


@pytest.mark.parametrize("name", RIGS)
def test_limbs_point_where_the_motion_points(name, rigs, bake, measure, motion, blender):
    rig = rigs(name)
    report = measure(bake(rig.file, motion), rig, motion)
    show(f"{name} ({blender})", report)
    for part, error in report["mean"].items():
        # Hips that are wide for their legs sway less than the motion's.
        limits = {"upper_arm": 1.0, "forearm": 1.0, "head": 1.0, "pelvis": 1.5 if name == "kenney" else 1.0}
        assert error < limits.get(part, 3.0), part
    assert report["lowest"] > -0.03
    assert report["mesh_lowest"] is None or report["mesh_lowest"] > -0.012
    assert report["slide_worst"] < 0.004
    assert report["action"] == "a person walks"
    # The character faced −Y and walks that way, from where it stood.
    travel = np.subtract(report["last"], report["first"])
    assert travel[1] < 0 and abs(travel[0]) < 0.05 * abs(travel[1])


@pytest.mark.parametrize("name", ["makehuman", "rigify"])
def test_only_mapped_controls_are_keyed_in_their_own_mode(name, rigs, bake, measure, prepare, motion):
    rig = rigs(name)
    out = bake(rig.file, motion)
    report = measure(out, rig, motion, mesh=False)
    _, placement = prepare(rig, "look", out)
    channels = {"QUATERNION": ("rotation_quaternion", 4), "AXIS_ANGLE": ("rotation_axis_angle", 4)}
    keyed = {path.split('"')[1] for path in report["curves"]}
    once = {path.split('"')[1] for path, (count, _) in report["curves"].items() if count == 1}
    assert len(keyed - once) <= 23  # the body; fingers and switches are keyed once
    assert all(any(word in bone for word in ("index", "middle", "ring", "pinky", "parent")) for bone in once)
    for bone in keyed:
        paths = [path for path in report["curves"] if f'["{bone}"].rotation' in path]
        if paths:
            channel, count = channels.get(placement["modes"][bone], ("rotation_euler", 3))
            assert sorted(paths) == [f'pose.bones["{bone}"].{channel}#{i}' for i in range(count)]
    moved = [path for path in report["curves"] if ".location" in path]
    assert len(moved) == 3
    if name == "rigify":
        assert {path for path in report["curves"] if "IK_FK" in path} == {
            f'pose.bones["{limb}_parent.{side}"]["IK_FK"]#0' for limb in ("upper_arm", "thigh") for side in "LR"
        }


@pytest.mark.parametrize("name", ["mesh2motion", "rigify"])
def test_a_turned_moved_scaled_parented_rig_keeps_its_place(name, rigs, bake, measure, prepare, motion):
    rig = rigs(name)
    file, before = prepare(rig, "turned", place=True)
    out = bake(file, motion)
    _, after = prepare(rig, "look", out)
    report = measure(out, rig, motion)
    show(f"{name}, turned", report)
    np.testing.assert_allclose(after["matrix"], before["matrix"], atol=1e-6)
    assert max(report["mean"].values()) < 5.0
    assert report["lowest"] > -0.03
    assert after["modes"] == before["modes"]


@pytest.mark.parametrize("fps", [24, 60])
def test_the_scene_keeps_its_frame_rate(fps, rigs, bake, measure, prepare, motion):
    rig = rigs("makehuman")
    file, _ = prepare(rig, "turned", fps=fps)
    report = measure(bake(file, motion), rig, motion, mesh=False)
    assert report["fps"] == fps
    assert report["frames"] == int(63 / 30 * fps + 1e-6) + 1
    assert max(report["mean"].values()) < 5.0


@pytest.mark.parametrize("mode", ["XYZ", "ZYX", "YXZ", "AXIS_ANGLE"])
def test_other_rotation_modes_are_continuous(mode, rigs, bake, measure, prepare, motion):
    rig = rigs("kenney")
    file, _ = prepare(rig, "turned", modes={"*": mode})
    report = measure(bake(file, motion), rig, motion, mesh=False)
    channel = "rotation_axis_angle" if mode == "AXIS_ANGLE" else "rotation_euler"
    curves = {path: jump for path, (count, jump) in report["curves"].items() if channel in path and count > 1}
    assert len(curves) == 22 * (4 if mode == "AXIS_ANGLE" else 3)
    assert max(report["mean"].values()) < 5.0
    assert max(curves.values()) < 1.6


def test_a_second_bake_leaves_nothing_behind(rigs, bake, prepare, motion):
    rig = rigs("makehuman")
    _, before = prepare(rig, "turned")  # saved again, for Blender drops what nobody uses
    once = bake(rig.file, motion, name="once.blend")
    twice = bake(once, motion, name="twice.blend")
    other = bake(twice, motion, name="other.blend", prompt="another")
    counts = [prepare(rig, "look", file)[1]["counts"] for file in (once, twice, other)]
    more = [{name: count - before["counts"][name] for name, count in after.items()} for after in counts]
    changed = [{name: difference for name, difference in each.items() if difference} for each in more]
    assert changed == [{"actions": 1}, {"actions": 1}, {"actions": 2}]


def test_the_same_bake_gives_the_same_keys(rigs, bake, measure, motion):
    rig = rigs("kenney")
    reports = [measure(bake(rig.file, motion, name=name), rig, motion, mesh=False) for name in ("a.blend", "b.blend")]
    assert reports[0]["curves"] == reports[1]["curves"]
    assert reports[0]["mean"] == reports[1]["mean"]


def test_unmapped_bones_stay_as_the_user_left_them(rigs, bake, prepare, motion):
    rig = rigs("makehuman")
    file, before = prepare(rig, "turned", posed="index_01_l")
    _, after = prepare(rig, "look", bake(file, motion))
    np.testing.assert_allclose(after["basis"]["index_01_l"], before["basis"]["index_01_l"], atol=1e-6)


def test_the_rigify_metarig_is_a_rig_too(rigs, bake, motion):
    assert bake(rigs("metarig").file, motion).is_file()
