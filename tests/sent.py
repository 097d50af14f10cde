"""What a page reads from packed bytes (course_lib/explorers/page/packing.js), in Python."""

import json
import struct

import numpy as np


def unpacked(data):
    """The JSON, with arrays where its numbers stand."""
    (length,) = struct.unpack_from("<I", data)
    numbers = np.frombuffer(data, "<f4", offset=4 + length)

    def filled(part):
        if isinstance(part, list):
            return [filled(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "#" in part:
            first, *shape = part["#"]
            return numbers[first : first + np.prod(shape)].reshape(shape[::-1])
        return {name: filled(each) for name, each in part.items()}

    return filled(json.loads(data[4 : 4 + length]))
