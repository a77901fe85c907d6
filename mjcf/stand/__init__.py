"""Stand: a planar body of a torso and two legs."""
