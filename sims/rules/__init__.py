"""Rules that single sims compare: put together for one question, and no part of the shelf."""
