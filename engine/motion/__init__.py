"""The project's vocabulary: skeleton, rotations, features, Motion, contacts, BVH. Knows numpy only."""
