"""Rules of the sim epsilon_ball: the founding rule with balls of several sizes, alone and topped up."""
