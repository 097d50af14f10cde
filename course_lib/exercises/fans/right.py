import numpy as np


def fans(shape):
    ### BEGIN SOLUTION
    if len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) == 4:
        height, width, channels_in, channels_out = shape
        return height * width * channels_in, height * width * channels_out
    raise ValueError(f"fans: a weight has 2 dimensions (dense) or 4 (convolution); this shape is {shape}")
    ### END SOLUTION
