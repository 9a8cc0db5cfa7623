"""Many runs: lists of jobs, spaces of settings, successive halving; in this process, in others, or elsewhere."""
