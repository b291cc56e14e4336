"""Reading the Bandai-Namco archive: real clips against the source's own kinematics, made clips in closed form."""

from __future__ import annotations

import lzma
import tarfile

import numpy as np
import pytest

from engine.errors import UserError
from engine.motion import ms272, rotations
from engine.motion.bvh import read_bvh
from engine.motion.skeleton import BODY
from tests.training.made_clips import FPS, bvh_text, clips, moving, write_archive
from training.data.bandai_namco import _AXES_IN_T_POSE, read_archive, retargeted
from training.data.captions import captions

FLOOR_M = -0.05
UPPER_BODY = ("spine1", "spine3", *BODY.joint_names[BODY.index("neck") :])
LEGS = [joint for joint in BODY.joint_names if joint.endswith(("hip", "knee", "ankle", "foot"))]


@pytest.fixture(scope="module")
def real_motions(real_clips):
    return {name: retargeted(clip) for name, clip in real_clips.items()}


class TestRealClips:
    def deviations_m(self, real_clips, real_motions, joint):
        """Distances of a joint from where the source's own forward kinematics has it, one array a clip."""
        source = next(name for name, (target, _, _) in _AXES_IN_T_POSE.items() if target == joint)
        for name, clip in real_clips.items():
            positions_cm = clip.forward_kinematics()[0][:, clip.joint_names.index(source)]
            found_m = real_motions[name].positions_m[:, BODY.index(joint)]
            yield np.linalg.norm(found_m - 0.01 * positions_cm, axis=-1)

    @pytest.mark.parametrize("joint", ["pelvis", *LEGS])
    def test_hips_and_legs_land_within_a_millimetre_of_the_source(self, real_clips, real_motions, joint):
        assert max(map(np.max, self.deviations_m(real_clips, real_motions, joint))) < 1e-3

    @pytest.mark.parametrize("joint", UPPER_BODY)
    def test_the_upper_body_lands_within_two_centimetres_of_the_source(self, real_clips, real_motions, joint):
        """The source bends its back at one joint where the body bends at two: the deeper the bend, the further off."""
        frames = np.concatenate(list(self.deviations_m(real_clips, real_motions, joint)))
        assert np.quantile(frames, 0.95) < 0.02
        assert frames.max() < 0.025

    def test_knees_bend_backward_and_elbows_forward(self, real_motions):
        """The twist of a limb: a bent knee turns about +X, a bent elbow about Y, so that its hand comes forward."""
        hinges = {"knee": {"left": (1, 0, 0), "right": (1, 0, 0)}, "elbow": {"left": (0, -1, 0), "right": (0, 1, 0)}}
        for joint, of_side in hinges.items():
            for side, axis in of_side.items():
                local = np.concatenate(
                    [motion.local_rotations_wxyz[:, BODY.index(f"{side}_{joint}")] for motion in real_motions.values()]
                )
                local = local * np.sign(local[:, :1])
                bent = local[local[:, 0] < np.cos(0.5)]  # by more than a radian
                assert len(bent) > 100
                found = rotations.normalize(np.append(0.0, bent[:, 1:].mean(axis=0)))[1:]
                assert found @ axis > 0.9, (joint, side, found)

    def test_they_stand_upright_and_move_at_30_frames_a_second(self, real_motions):
        for name, motion in real_motions.items():
            assert motion.fps == FPS
            head, pelvis = (motion.positions_m[:, BODY.index(joint), 1].mean() for joint in ("head", "pelvis"))
            assert 0.25 < head - pelvis < 0.5, name

    @pytest.mark.parametrize("content", ["wave", "raise-up"])
    def test_labels_of_one_hand_name_the_hand_that_rises_and_mirroring_swaps_it(self, real_motions, content):
        """What is measured on the body: the source says left and right of the figure, and so must we."""
        seen = 0
        for name, motion in real_motions.items():
            for side, other in (("left", "right"), ("right", "left")):
                if f"_{content}-{side}-hand_" in name:
                    assert self.highest(motion, side) > self.highest(motion, other) + 0.15, name
                    mirrored = motion.mirrored()
                    assert self.highest(mirrored, other) > self.highest(mirrored, side) + 0.15, name
                    seen += 1
        assert seen >= 4

    def highest(self, motion, side):
        return motion.positions_m[:, BODY.index(f"{side}_wrist"), 1].max()

    def test_mirrored_features_are_those_of_the_mirrored_clip(self, real_motions):
        for motion in list(real_motions.values())[::7]:
            np.testing.assert_allclose(ms272.mirrored(ms272.encode(motion)), ms272.encode(motion.mirrored()), atol=1e-9)

    def test_backward_is_backward_and_left_is_left(self, real_motions):
        for name, motion in real_motions.items():
            x, _, z = ms272.decode(ms272.encode(motion)).root_translation_m[-1]  # from the origin, facing +Z
            if "_walk-back_" in name:
                assert z < -0.3, name
            elif "_walk_" in name or "_run_" in name or "_dash_" in name:
                assert z > 0.3, name
            elif "_walk-left_" in name:
                assert x > 0.3, name
            elif "_walk-right_" in name:
                assert x < -0.3, name


class TestMadeClips:
    def test_a_motion_written_on_the_source_comes_back(self):
        motion = moving(40, turn_rad=1.0, turned=(10, 30), raised="left")
        found = retargeted(read_bvh(bvh_text(motion), name="made"))
        assert (found.fps, len(found)) == (FPS, 40)
        np.testing.assert_allclose(found.positions_m, motion.positions_m, atol=1e-5)
        dot = np.abs(np.sum(found.global_rotations_wxyz * motion.global_rotations_wxyz, axis=-1))
        np.testing.assert_allclose(dot, 1.0, atol=1e-9)

    def test_sixty_frames_a_second_become_thirty(self):
        motion = moving(61)
        found = retargeted(read_bvh(bvh_text(motion, frame_time=1.0 / 60.0), name="made"))
        assert (found.fps, len(found)) == (30.0, 31)
        np.testing.assert_allclose(found.root_translation_m, motion.root_translation_m[::2], atol=1e-3)

    @pytest.mark.parametrize("workers", [1, 2])
    def test_the_archive_gives_its_clips_in_order_with_their_labels(self, made_archive, workers):
        found = list(read_archive(made_archive, workers))
        assert [clip.name for clip in found] == list(clips())
        assert [(clip.content, clip.style) for clip in found] == [tuple(name.split("_")[1:3]) for name in clips()]
        for clip in found:
            np.testing.assert_allclose(clip.motion.positions_m, clips()[clip.name].positions_m, atol=1e-5)


class TestMistakes:
    def refused(self, path, match):
        with pytest.raises(UserError, match=r"\.$") as caught:
            list(read_archive(path))
        assert match in str(caught.value)

    def test_a_missing_archive(self, tmp_path):
        self.refused(tmp_path / "nowhere.tar.xz", "nowhere.tar.xz can't be read")

    def test_a_folder(self, tmp_path):
        self.refused(tmp_path, "can't be read")

    def test_bytes_that_are_no_archive(self, tmp_path):
        (tmp_path / "a.tar.xz").write_bytes(b"no archive at all" * 100)
        self.refused(tmp_path / "a.tar.xz", "can't be read")

    @pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
    def test_an_archive_that_was_cut(self, tmp_path, made_archive, share):
        whole = made_archive.read_bytes()
        (tmp_path / "cut.tar.xz").write_bytes(whole[: int(share * len(whole))])
        self.refused(tmp_path / "cut.tar.xz", "can't be read")

    def test_an_archive_with_a_flipped_byte(self, tmp_path, made_archive):
        damaged = bytearray(made_archive.read_bytes())
        damaged[len(damaged) // 2] ^= 0xFF
        (tmp_path / "flipped.tar.xz").write_bytes(damaged)
        self.refused(tmp_path / "flipped.tar.xz", "can't be read")

    def test_an_archive_without_bvh(self, tmp_path):
        (tmp_path / "readme.txt").write_text("nothing here", encoding="utf-8")
        with tarfile.open(tmp_path / "a.tar.xz", "w:xz") as tar:
            tar.add(tmp_path / "readme.txt", "readme.txt")
        self.refused(tmp_path / "a.tar.xz", "holds no BVH file")

    def test_a_damaged_clip_is_named(self, tmp_path):
        whole = bvh_text(moving(10))
        write_archive(tmp_path / "a.tar", {"dataset-1_walk_normal_001": whole[:-200]})
        self.refused(tmp_path / "a.tar", "dataset-1_walk_normal_001")

    def test_a_clip_that_is_no_text(self, tmp_path):
        (tmp_path / "x.bvh").write_bytes(b"\xff\xfe\xfa" * 50)
        with tarfile.open(tmp_path / "a.tar", "w") as tar:
            tar.add(tmp_path / "x.bvh", "dataset-1_walk_normal_001.bvh")
        self.refused(tmp_path / "a.tar", "a.tar")

    def test_a_clip_whose_name_has_no_labels(self, tmp_path):
        write_archive(tmp_path / "a.tar", {"walk": bvh_text(moving(10))})
        self.refused(tmp_path / "a.tar", "walk")

    def test_another_skeleton(self, tmp_path):
        text = bvh_text(moving(10)).replace("Foot_L", "Hoof_L")
        write_archive(tmp_path / "a.tar", {"dataset-1_walk_normal_001": text})
        self.refused(tmp_path / "a.tar", "Foot_L")

    def test_the_made_archive_is_really_compressed(self, made_archive):
        assert lzma.decompress(made_archive.read_bytes())[257:262] == b"ustar"


@pytest.mark.slow
def test_the_whole_archive(archive):
    """Every clip: its count, its rate, finite numbers, feet on the floor, labels that the captions know."""
    seconds, contents = 0.0, {}
    for clip in read_archive(archive, workers=2):
        assert clip.motion.fps == FPS
        assert np.isfinite(ms272.encode(clip.motion)).all()
        assert clip.motion.positions_m[..., 1].min() > FLOOR_M, clip.name
        assert len(captions(clip.content, clip.style, 64)) >= 10
        contents[clip.content] = contents.get(clip.content, 0) + 1
        seconds += clip.motion.seconds
    assert sum(contents.values()) == 2919
    assert len(contents) == 24
    assert contents["raise-up-both-hands"] == 412
    assert 3.64 < seconds / 3600 < 3.69
