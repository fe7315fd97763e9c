"""Encoders and label banks: the one door to torch and open_clip, which are imported when an encoder is read."""

from clipdash.encoders.bank import BankSpec, LabelBank, dump_bank, find_places, parse_bank, read_bank
from clipdash.encoders.catalogue import EncoderEntry, list_encoders
from clipdash.encoders.device import DEVICES, PRECISIONS, count_threads, pick_device, set_threads
from clipdash.encoders.encoder import Encoder, read_encoder
from clipdash.encoders.folder import fetch_encoder
from clipdash.encoders.framing import find_input_size, frame_picture
from clipdash.encoders.known import KnownTexts, count_text_uses, forget_texts, name_texts
from clipdash.encoders.reference import Reference, parse_reference
from clipdash.encoders.spec import EncoderSpec
from clipdash.encoders.tensor import read_tensor
from clipdash.encoders.weights import CONFIG

__all__ = [
    "CONFIG",
    "DEVICES",
    "PRECISIONS",
    "BankSpec",
    "Encoder",
    "EncoderEntry",
    "EncoderSpec",
    "KnownTexts",
    "LabelBank",
    "Reference",
    "count_text_uses",
    "count_threads",
    "dump_bank",
    "fetch_encoder",
    "find_input_size",
    "find_places",
    "forget_texts",
    "frame_picture",
    "list_encoders",
    "name_texts",
    "parse_bank",
    "parse_reference",
    "pick_device",
    "read_bank",
    "read_encoder",
    "read_tensor",
    "set_threads",
]
