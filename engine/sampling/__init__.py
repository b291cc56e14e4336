"""Schedules, guidance, flow steps and the samplers; numpy only."""
