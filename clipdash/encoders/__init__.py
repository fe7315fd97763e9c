"""Encoders: the one door to torch and open_clip, which are imported when an encoder is read."""

from clipdash.encoders.encoder import Encoder, read_encoder
from clipdash.encoders.reference import Reference, parse_reference
from clipdash.encoders.spec import EncoderSpec

__all__ = ["Encoder", "EncoderSpec", "Reference", "parse_reference", "read_encoder"]
