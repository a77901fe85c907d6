"""Reorient: a lander without symmetry that three torques turn upright."""
