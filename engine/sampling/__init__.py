"""Requests, schedules, guidance, flow steps and the sampler; numpy only, the model comes in as a protocol."""
