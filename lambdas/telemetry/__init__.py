"""What a function tells of itself: one line of log for each call, and in it what was counted meanwhile."""
