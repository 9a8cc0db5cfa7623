"""The other ways to train the same network, one file each; every one computes what a Network of the graph computes."""
