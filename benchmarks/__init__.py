"""What both apps cost: as ratios to a hand-written minimum of the same work, in the same run."""
