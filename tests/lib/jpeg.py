# SPDX-License-Identifier: Apache-2.0
"""JPEGs of any wanted number of bytes, with nothing in them but the picture."""
import random

BLOCK = 8  # pixels
FIXED_BITS = 3  # of a block: its DC, which never changes, and its end
PER_VALUE = 3  # bits: the code of "one bit follows", and that bit
VALUES_MAX = 62  # of a block, so that an end has to be told


def _segment(marker, data):
    return bytes([0xff, marker]) + (len(data) + 2).to_bytes(2, "big") + data


def _head(width, height):
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return (b"\xff\xd8" + _segment(0xdb, b"\0" + b"\x10" * 64)
            + _segment(0xc0, b"\x08" + size + b"\x01\x01\x11\x00")
            + _segment(0xc4, b"\x00" + b"\x01" + b"\0" * 15 + b"\x00")       # 0: no change
            + _segment(0xc4, b"\x10" + b"\0\x02" + b"\0" * 14 + b"\x00\x01")  # 00: end, 01: a value
            + _segment(0xda, b"\x01\x01\x00\x00\x3f\x00"))


def jpeg(size, width=640, height=640, seed=1):
    """Grey noise of exactly `size` bytes. No byte of it is 0xff, for of three bits
    that follow each other one is 0: so the bits alone say how long it is."""
    head = _head(width, height)
    blocks = (width // BLOCK) * (height // BLOCK)
    wanted = 8 * (size - len(head) - 2)  # bits; the last byte may be filled up
    values, rest = divmod(wanted - FIXED_BITS * blocks, PER_VALUE)
    if not 0 <= values <= VALUES_MAX * blocks:
        raise ValueError(f"{size} bytes cannot have {width} x {height} pixels")
    chance = random.Random(seed)
    each, more = divmod(values, blocks)
    bits = "".join("0" + "".join("01" + chance.choice("01") for _ in range(each + (i < more))) + "00"
                   for i in range(blocks)) + "1" * rest
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return head + data + b"\xff\xd9"
