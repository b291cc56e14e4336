"""ASF/AMC, glTF, DeepMimic, SMPL and feature sets: small files in exactly their layouts, limbs where they were."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import UserError
from engine.motion import humanml, ms272, rotations
from engine.motion.resampling import resampled
from engine.motion.skeleton import BODY
from tests.training.data.readers.made_files import UNREAL, angles_between, limb_directions, walking
from training.data.readers import deepmimic
from training.data.readers.asf_amc import parents_of, read_amc, read_asf
from training.data.readers.bone_names import joints_of_the_body
from training.data.readers.gltf import read_glb
from training.data.readers.retargeting import grounded, retargeted
from training.data.readers.sources import recordings

WALK = walking()


def clips_of(folder):
    return [clip for recording in recordings(folder) for clip in recording.load()]


ASF = """:version 1.10
:units
  mass 1.0
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
{bones}:hierarchy
  begin
    root lhip rhip back
    lhip lfemur
    lfemur ltibia
    ltibia lfoot
    lfoot ltoes
    rhip rfemur
    rfemur rtibia
    rtibia rfoot
    rfoot rtoes
    back lclavicle rclavicle lowerneck
    lclavicle lhumerus
    lhumerus lradius
    lradius lwrist
    rclavicle rhumerus
    rhumerus rradius
    rradius rwrist
  end
"""
BONE = "  begin\n id 1\n name {name}\n direction {direction}\n length {length}\n axis {axis} XYZ\n{dof}  end\n"


def asf_text():
    """Legs that splay by 20°, as CMU's do, with axes that follow them."""
    splay = np.array([np.sin(np.radians(20)), -np.cos(np.radians(20)), 0.0])
    bones = ""
    for side, sign in (("l", 1.0), ("r", -1.0)):
        mirror = np.array([sign, 1.0, 1.0])
        for name, direction, length, axis, dof in (
            ("hip", np.array([1.0, -0.2, 0.0]), 2.0, "0 0 0", ""),
            ("femur", splay, 7.0, f"0 0 {sign * 20}", "dof rx ry rz"),
            ("tibia", splay, 7.2, f"0 0 {sign * 20}", "dof rx"),
            ("foot", np.array([0.0, -0.4, 0.9]), 2.3, f"-90 0 {sign * 20}", "dof rx rz"),
            ("toes", np.array([0.0, 0.0, 1.0]), 1.0, "0 0 0", ""),
            ("clavicle", np.array([1.0, 0.1, 0.0]), 3.0, "0 0 0", ""),
            ("humerus", np.array([1.0, 0.0, 0.0]), 5.0, "0 0 0", "dof rx ry rz"),
            ("radius", np.array([1.0, 0.0, 0.0]), 3.5, "0 0 0", "dof ry"),
            ("wrist", np.array([1.0, 0.0, 0.0]), 1.5, "0 0 0", ""),
        ):
            bones += BONE.format(
                name=side + name, direction=" ".join(map(str, mirror * direction)), length=length, axis=axis,
                dof=f"{dof}\n" if dof else "",
            )  # fmt: skip
    for name, length in (("back", 6.0), ("lowerneck", 2.0)):
        bones += BONE.format(name=name, direction="0 1 0", length=length, axis="0 0 0", dof="dof rx\n")
    return ASF.format(bones=bones)


def amc_motion(text):
    asf = read_asf(asf_text(), name="a.asf")
    source = read_amc(text, asf, name="a.amc", fps=30.0)
    return retargeted(source, joints_of_the_body(source.joint_names, parents_of(asf, source.joint_names)))


def test_asf_and_amc_by_hand():
    """Thigh lifted by 90°, shin as in the rest, left arm down; the right side at rest. Limbs point as in the file."""
    poses = "".join(
        f"{number}\nroot 0 17 0 0 90 0\nback 0\nlowerneck 0\nlfemur {-lift} 0 0\nltibia {lift}\nlfoot 0 0\n"
        f"lhumerus 0 0 {-lift}\nlradius 0\nrfemur 0 0 0\nrtibia 0\nrfoot 0 0\nrhumerus 0 0 0\nrradius 0\n"
        for number, lift in ((1, 0), (2, 90), (3, 90))
    )
    motion = amc_motion(":FULLY-SPECIFIED\n:DEGREES\n" + poses)
    thigh, shin, arm, _, other_thigh, _, other_arm, _ = limb_directions(motion)[-1]
    assert thigh == pytest.approx([0, 0, 1], abs=0.01)  # the body faces +Z, though the file turned it by 90°
    assert shin == pytest.approx([np.sin(np.radians(20)), -np.cos(np.radians(20)), 0], abs=0.01)
    assert arm == pytest.approx([0, -1, 0], abs=0.01)
    assert other_thigh == pytest.approx([-np.sin(np.radians(20)), -np.cos(np.radians(20)), 0], abs=0.01)
    assert other_arm == pytest.approx([-1, 0, 0], abs=0.01)
    feet = motion.positions_m[:, [BODY.index("right_ankle"), BODY.index("right_foot")], 1]
    assert feet == pytest.approx(np.tile([0.117, 0.042], (3, 1)), abs=0.01)  # the sole is flat


AMC = (
    ":FULLY-SPECIFIED\n:DEGREES\n"
    + "".join(
        f"{number}\nroot 0 17 0 0 0 0\nback 0\nlowerneck 0\n"
        + "".join(f"{side}{bone}\n" for side in "lr" for bone in
                  ("femur 0 0 0", "tibia 0", "foot 0 0", "humerus 0 0 0", "radius 0"))
        for number in range(1, 49)
    )
)  # fmt: skip


def test_hdm05_s_layout(tmp_path):
    """Names say actor, action, repetition and frame rate; every actor has one skeleton."""
    (tmp_path / "HDM_bd.asf").write_text(asf_text(), encoding="utf-8")
    (tmp_path / "HDM_bd_kickLFront1Reps_001_120.amc").write_text(AMC, encoding="utf-8")
    (tmp_path / "HDM_tr_squat1Reps_002_120.amc").write_text(AMC, encoding="utf-8")
    kick, squat = recordings(tmp_path)
    (clip,) = kick.load()
    assert (clip.name, clip.content, len(clip.motion)) == ("HDM_bd_kickLFront1Reps_001_120", "kickLFront1Reps", 12)
    with pytest.raises(UserError, match=r"its skeleton HDM_tr.asf is not beside it\.$"):
        squat.load()


def test_cmu_s_own_layout(tmp_path):
    folder = tmp_path / "all_asfamc" / "subjects" / "07"
    folder.mkdir(parents=True)
    (folder / "07.asf").write_text(asf_text(), encoding="utf-8")
    (folder / "07_02.amc").write_text(AMC, encoding="utf-8")
    (clip,) = clips_of(tmp_path)
    assert (clip.name, len(clip.motion)) == ("cmu_07_02", 12)


@pytest.mark.parametrize("text", ["", "1\nroot 0 0\n", "1\nlfemur 1 2 3\n", "1\nroot 0 17 0 0 90 zero\n"])
def test_damaged_amc_is_a_sentence(text):
    with pytest.raises(UserError, match=r"^a.amc is not readable AMC.*\.$"):
        amc_motion(text)


def test_damaged_asf_is_a_sentence():
    with pytest.raises(UserError, match=r"^b.asf is not a readable ASF.*\.$"):
        read_asf(asf_text().replace("length 7.0", "length long", 1), name="b.asf")


def glb(motion, name="walk"):
    """A binary glTF of the motion on Unreal's names, under a node that turns the Z-up armature upright."""
    names = [UNREAL[name] for name in BODY.joint_names]
    nodes = [{"name": name, "translation": offset.tolist(), "children": children}
             for joint, (name, offset) in enumerate(zip(names, BODY.rest_offsets, strict=True))
             for children in [[c for c, parent in enumerate(BODY.parents) if parent == joint]]]  # fmt: skip
    for node in nodes:
        if not node["children"]:
            del node["children"]
    binary, views, accessors = b"", [], []

    def accessor(array, kind):
        nonlocal binary
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": array.nbytes})
        accessors.append({"bufferView": len(views) - 1, "componentType": 5126, "count": len(array), "type": kind})
        binary += array.astype("<f4").tobytes()
        return len(accessors) - 1

    time = accessor(np.arange(len(motion)) / motion.fps, "SCALAR")
    samplers, channels = [], []
    for joint in range(len(names)):
        turns = np.roll(motion.local_rotations_wxyz[:, joint], -1, axis=-1)
        samplers.append({"input": time, "output": accessor(turns, "VEC4")})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": joint, "path": "rotation"}})
    samplers.append({"input": time, "output": accessor(motion.root_translation_m, "VEC3"), "interpolation": "LINEAR"})
    channels.append({"sampler": len(samplers) - 1, "target": {"node": 0, "path": "translation"}})
    for view in views:
        view["byteLength"] = 4 * view["byteLength"] // 8
    document = {"asset": {"version": "2.0"}, "nodes": nodes, "accessors": accessors, "bufferViews": views,
                "animations": [{"name": name, "samplers": samplers, "channels": channels}]}  # fmt: skip
    said = json.dumps(document).encode()
    said += b" " * (-len(said) % 4)
    size = 12 + 8 + len(said) + 8 + len(binary)
    chunks = struct.pack("<II", len(said), 0x4E4F534A) + said + struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<III", 0x46546C67, 2, size) + chunks


def test_a_gltf_animation_gives_the_motion_back():
    (animation,) = read_glb(glb(WALK), name="walk.glb")
    motion = retargeted(animation.motion, joints_of_the_body(animation.motion.joint_names, animation.parents))
    assert animation.name == "walk"
    assert motion.positions_m == pytest.approx(grounded(WALK).positions_m, abs=0.02)


def test_kaykit_s_layout(tmp_path):
    """An animation says what is done in its name, after the armature's; walking in place becomes a walk."""
    in_place = replace(WALK, root_translation_m=WALK.root_translation_m * np.array([1.0, 1.0, 0.0]))
    (tmp_path / "Med_Movement.glb").write_bytes(glb(in_place, "Rig_Medium|Walking_A"))
    (clip,) = clips_of(tmp_path)
    assert (clip.name, clip.content, clip.style) == ("kaykit_Med_Movement_Walking_A", "walk", "cartoon")
    assert clip.motion.root_translation_m[-1, 2] > 0.5


@pytest.mark.parametrize("cut", [8, 100, 5000])
def test_a_damaged_gltf_is_a_sentence(cut):
    with pytest.raises(UserError, match=r"^walk.glb is not a readable glTF.*\.$"):
        list(read_glb(glb(WALK)[:cut], name="walk.glb"))


def key_frames(**angles):
    """Two key frames a second apart, the second posed; the figure faces +X."""
    rest = [1.0, 0.0, 0.0, 0.0]
    order = ["root", "chest", "neck", "rhip", "rknee", "rankle", "rshoulder", "relbow", "lhip", "lknee", "lankle",
             "lshoulder", "lelbow"]  # fmt: skip

    def frame(posed):
        numbers = [1.0, 0.0, 0.85, 0.0]
        for name in order:
            plain = [0.0] if name.endswith(("knee", "elbow")) else rest
            numbers += angles.get(name, plain) if posed else plain
        return numbers

    return json.dumps({"Loop": "none", "Frames": [frame(False), frame(True)]})


def test_deepmimic_by_hand():
    """About Z, the side of a figure that faces +X, a knee bends back with a negative angle, an elbow forward."""
    text = key_frames(lknee=[-np.pi / 2], relbow=[np.pi / 2])
    motion = retargeted(deepmimic.read_key_frames(text, name="pose"), deepmimic.JOINT_OF)
    assert len(motion) == 31
    thigh, shin, arm, _, other_thigh, other_shin, other_arm, other_forearm = limb_directions(motion)[-1]
    assert thigh == pytest.approx([0, -1, 0], abs=0.01)
    assert shin == pytest.approx([0, 0, -1], abs=0.01)
    assert arm == pytest.approx([0, -1, 0], abs=0.01)
    assert other_thigh == pytest.approx(other_shin, abs=0.01)
    assert other_arm == pytest.approx([0, -1, 0], abs=0.01)
    assert other_forearm == pytest.approx([0, 0, 1], abs=0.01)


def test_deepmimic_s_layout(tmp_path):
    for name in ("humanoid3d_spinkick.txt", "sie_humanoid3d_punch_forward02.txt"):
        (tmp_path / name).write_text(key_frames(), encoding="utf-8")
    assert [clip.content for clip in clips_of(tmp_path)] == ["spinkick", "punch-forward"]


@pytest.mark.parametrize("text", ["", "{}", '{"Frames": [[1, 2]]}', '{"Frames": 3}', key_frames(lknee=[float("nan")])])
def test_damaged_deepmimic_is_a_sentence(text):
    with pytest.raises(UserError, match=r"^walk is not a readable DeepMimic.*\.$"):
        deepmimic.read_key_frames(text, name="walk")


def write_amass(path, motion, rate_key="mocap_framerate", x=False):
    """Z up, axis-angle, 52 joints of SMPL-H or SMPL-X's separate arrays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    local = motion.local_rotations_wxyz.copy()
    up = rotations.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.array(np.pi / 2))
    local[:, 0] = rotations.multiply(up, local[:, 0])
    local = np.where(local[..., :1] < 0, -local, local)
    half = np.arccos(np.clip(local[..., :1], -1, 1))
    axis = local[..., 1:] / np.maximum(np.sin(half), 1e-9)
    angles = (2 * half * axis).reshape(len(motion), -1)
    trans = rotations.rotate(up, motion.root_translation_m)
    fields = {"trans": trans, rate_key: motion.fps, "betas": np.zeros(16)}
    if x:
        fields |= {"root_orient": angles[:, :3], "pose_body": angles[:, 3:]}
    else:
        fields["poses"] = np.concatenate([angles, np.zeros((len(motion), 90))], axis=1)
    np.savez(path, **fields)


@pytest.mark.parametrize(("key", "x"), [("mocap_framerate", False), ("mocap_frame_rate", True)])
def test_amass_gives_rotations_back(key, x, tmp_path):
    write_amass(tmp_path / "KIT" / "3" / "walk_poses.npz", walking(120, 60.0), key, x)
    (tmp_path / "KIT" / "3" / "walk_poses.txt").write_text("a man walks.\n", encoding="utf-8")
    (clip,) = clips_of(tmp_path)
    assert clip.captions == ("a man walks.",)
    assert len(clip.motion) == 60
    # SMPL's rest pose is not quite the body's: its legs splay and its arms sink by a few degrees.
    assert angles_between(limb_directions(clip.motion), limb_directions(walking(60))).max() < 9.0
    assert clip.motion.positions_m[..., 1].min() > -0.02
    assert clip.motion.root_translation_m[-1, 2] > 1.0


def test_humanml3d_over_amass(tmp_path):
    write_amass(tmp_path / "amass" / "KIT" / "3" / "walk poses_poses.npz", walking(240, 60.0))
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "000001.txt").write_text(
        "a person walks.#a/DET person/NOUN walk/VERB#0.0#0.0\nhe turns.#he/PRON turn/VERB#0.5#1.5\n", encoding="utf-8"
    )
    (tmp_path / "index.csv").write_text(
        "source_path,start_frame,end_frame,new_name\n"
        "./pose_data/KIT/3/walk_poses_poses.npy,20,60,000001.npy\n"
        "./pose_data/KIT/4/missing_poses.npy,0,-1,000002.npy\n",
        encoding="utf-8",
    )
    (tmp_path / "val.txt").write_text("000001\n", encoding="utf-8")
    found = recordings(tmp_path)
    whole, part = found[0].load()
    assert (whole.name, part.name) == ("000001", "000001#1")
    assert whole.split == part.split == "validation"
    assert (len(whole.motion), len(part.motion)) == (60, 30)
    assert (whole.captions, part.captions) == (("a person walks.",), ("he turns.",))
    with pytest.raises(UserError, match=r"missing_poses.npy is not among the AMASS files given\.$"):
        found[1].load()


def test_babel_over_amass(tmp_path):
    write_amass(tmp_path / "KIT" / "KIT" / "3" / "walk_poses.npz", walking(240, 60.0))
    labels = [{"raw_label": "walk", "proc_label": "walk", "start_t": 0.0, "end_t": 2.0},
              {"raw_label": "transition", "proc_label": "transition", "start_t": 2.0, "end_t": 2.2},
              {"raw_label": "turn left", "proc_label": "turn", "start_t": 2.2, "end_t": 4.0}]  # fmt: skip
    entry = {
        "feat_p": "KIT/KIT/3/walk_poses.npz",
        "dur": 4.0,
        "seq_ann": {"labels": []},
        "frame_ann": {"labels": labels},
    }
    (tmp_path / "train.json").write_text(json.dumps({"123": entry}), encoding="utf-8")
    clips = clips_of(tmp_path)
    assert [(clip.name, len(clip.motion)) for clip in clips] == [("babel_123#0", 60), ("babel_123#1", 54)]
    assert "turn left" in clips[1].captions[0]
    assert [clip.split for clip in clips] == ["train", "train"]
    assert clips[0].labels == ((0, 60, "walk"),)
    assert clips[1].labels == ((0, 54, "turn left"),)


def write_features(folder, name, features, text):
    for part in (folder, folder.parent / "texts"):
        part.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{name}.npy", features.astype(np.float32))
    (folder.parent / "texts" / f"{name}.txt").write_text(text, encoding="utf-8")


def test_humanml3d_272(tmp_path):
    write_features(tmp_path / "motion_data", "000000", ms272.encode(WALK), "a man walks.#a/DET man/NOUN#0.0#0.0\n")
    write_features(tmp_path / "motion_data", "M000000", ms272.encode(WALK), "a man walks.\n")
    (tmp_path / "split").mkdir()
    (tmp_path / "split" / "test.txt").write_text("000000\n", encoding="utf-8")
    clip, unlisted = clips_of(tmp_path)
    assert (clip.split, unlisted.split) == ("test", "train")
    assert clip.captions == ("a man walks.",)
    assert clip.motion.positions_m == pytest.approx(grounded(WALK).positions_m, abs=0.02)


def test_new_joint_vecs_of_humanml3d(tmp_path):
    slow = resampled(walking(91), 20.0)
    write_features(tmp_path / "new_joint_vecs", "000000", humanml.encode(slow), "a man walks.\n")
    (clip,) = clips_of(tmp_path)
    assert (clip.motion.fps, clip.split) == (30.0, None)
    assert np.percentile(angles_between(limb_directions(clip.motion)[:80], limb_directions(WALK)[:80]), 95) < 8.0


def test_new_joint_vecs_of_kit(tmp_path):
    """The same features, of the 21 joints in KIT-ML's order, in millimetres, padded by what is not read."""
    slow = resampled(walking(91), 12.5)
    features = humanml.encode_positions(slow.positions_m)
    positions = features[:, 4 : 4 + 63].reshape(len(features), 21, 3)
    of_body = {1: "spine1", 2: "spine3", 3: "neck", 4: "head", 14: "right_foot", 15: "right_foot", 19: "left_foot",
               20: "left_foot"}  # fmt: skip
    for side, arm, leg in (("right", 5, 11), ("left", 8, 16)):
        of_body |= {arm + k: f"{side}_{joint}" for k, joint in enumerate(("shoulder", "elbow", "wrist"))}
        of_body |= {leg + k: f"{side}_{joint}" for k, joint in enumerate(("hip", "knee", "ankle"))}
    kit = np.concatenate([positions[:, BODY.index(of_body[k]) - 1] for k in range(1, 21)], axis=1)
    root = features[:, :4] * np.array([1.0, 1000.0, 1000.0, 1000.0])
    rest = np.zeros((len(features), 251 - 64))
    write_features(tmp_path / "new_joint_vecs", "00001", np.concatenate([root, 1000.0 * kit, rest], axis=1), "walk.\n")
    (clip,) = clips_of(tmp_path)
    assert clip.motion.fps == 30.0
    apart = angles_between(limb_directions(clip.motion)[:70], limb_directions(WALK)[:70])
    assert np.percentile(apart, 90) < 10.0
    assert clip.motion.root_translation_m[70, 2] == pytest.approx(1.1 * 70 / 30, abs=0.15)


def test_features_of_no_known_width_and_damaged_ones_are_sentences(tmp_path):
    write_features(tmp_path / "new_joint_vecs", "a", np.zeros((10, 17)), "")
    write_features(tmp_path / "new_joint_vecs", "b", np.full((10, 272), np.nan), "")
    (tmp_path / "new_joint_vecs" / "c.npy").write_bytes(b"nonsense")
    for recording in recordings(tmp_path):
        with pytest.raises(UserError, match=r"\.$"):
            recording.load()
