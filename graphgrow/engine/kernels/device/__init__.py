"""What the GPU kernel runs: index arrays on the device and programs in Triton, loaded at the first launch."""
