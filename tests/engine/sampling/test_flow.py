"""The times of the flow's steps."""

import numpy as np

from engine.sampling.flow import flow_times


def test_flow_runs_from_noise_to_data_in_equal_steps():
    np.testing.assert_array_equal(flow_times(4), np.float32([1.0, 0.75, 0.5, 0.25, 0.0]))
    assert flow_times(7).dtype == np.float32
