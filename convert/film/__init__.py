"""Films of a policy at play, frame by frame from the control clock."""
