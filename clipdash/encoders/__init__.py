"""Encoders and label banks: the one door to torch and open_clip, which are imported when an encoder is read."""

from clipdash.encoders.bank import BankSpec, LabelBank, dump_bank, find_places, read_bank
from clipdash.encoders.encoder import Encoder, read_encoder
from clipdash.encoders.reference import Reference, parse_reference
from clipdash.encoders.spec import EncoderSpec
from clipdash.encoders.tensor import read_tensor

__all__ = [
    "BankSpec",
    "Encoder",
    "EncoderSpec",
    "LabelBank",
    "Reference",
    "dump_bank",
    "find_places",
    "parse_reference",
    "read_bank",
    "read_encoder",
    "read_tensor",
]
