"""Train the image tower against the embeddings of texts that are true of each picture."""

import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from demo_encoder.augment import augment, plain
from demo_encoder.emoji import Emoji
from demo_encoder.truth import TextBank

KINDS = ("person", "animal", "food", "object", "place", "vehicle")


@dataclass(frozen=True)
class Pictures:
    """Training pictures, and for each the row of its emoji in the text bank."""

    pixels: Tensor
    art: np.ndarray
    emoji: list[Emoji]
    emoji_row: np.ndarray
    distinct: list[Emoji]


@dataclass(frozen=True)
class Recipe:
    """Settings of the image stage, chosen on the vendor that was held back."""

    steps: int = 5000
    batch: int = 160
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    strength: float = 1.3
    temperature: float = 0.06
    bank_sample: int = 1536
    gender_weight: float = 1.0
    role_weight: float = 0.8
    kind_weight: float = 0.4
    adapter_pull: float = 0.02
    average: float = 0.997


def load_pictures(path: str, left_out: str = "") -> tuple[Pictures, Pictures]:
    """Read the training pictures; return those to train on and those of the vendor left out."""
    saved = np.load(path, allow_pickle=True)
    keep = saved["art"] != left_out
    return _select(saved, keep), _select(saved, ~keep)


def _select(saved: dict[str, np.ndarray], keep: np.ndarray) -> Pictures:
    emoji = list(saved["emoji"][keep])
    distinct = list(dict.fromkeys(emoji))
    rows = {item: row for row, item in enumerate(distinct)}
    pixels = torch.from_numpy(saved["pixels"][keep])
    return Pictures(pixels, saved["art"][keep], emoji, np.array([rows[item] for item in emoji], dtype=int), distinct)


def picture_shares(pictures: Pictures) -> np.ndarray:
    """Draw small vendors more often than their size, and recoloured drawings less often."""
    keys = [f"{art}/{item.concept}/{item.gender}" for art, item in zip(pictures.art, pictures.emoji, strict=True)]
    sizes = dict(zip(*np.unique(keys, return_counts=True), strict=True))
    shares = np.array([sizes[key] ** -0.6 for key in keys])
    for art in np.unique(pictures.art):
        own = pictures.art == art
        shares[own] *= own.sum() ** 0.5 / shares[own].sum()
    people = np.array([item.kind == "person" for item in pictures.emoji])
    shares[people] *= 0.5 / shares[people].sum()
    shares[~people] *= 0.5 / shares[~people].sum()
    return shares


class Adapter(nn.Module):
    """A linear map of text embeddings, kept near identity, folded into the text projection at the end."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(width))

    def forward(self, texts: Tensor) -> Tensor:
        return functional.normalize(texts @ self.weight, dim=-1)

    def pull(self) -> Tensor:
        return (self.weight - torch.eye(len(self.weight))).pow(2).sum()


def masked_cross_entropy(logits: Tensor, target: Tensor, masked: Tensor) -> Tensor:
    """Cross entropy in which other true texts, and those not to be asked, are no negatives."""
    masked = masked.clone()
    masked[torch.arange(len(target)), target] = False
    return functional.cross_entropy(logits.masked_fill(masked, float("-inf")), target)


class Objective:
    """The loss of a batch: one true text among many, man or woman, one role, one kind."""

    def __init__(self, pictures: Pictures, bank: TextBank, vectors: Tensor, recipe: Recipe) -> None:
        self.bank, self.vectors, self.recipe = bank, vectors, recipe
        self.masked = torch.from_numpy(bank.masked)
        index = {text: row for row, text in enumerate(bank.texts)}
        roles = sorted(
            {item.concept for item in pictures.distinct if item.subgroup == "person-role" and item.concept in index}
        )
        self.roles = torch.tensor([index[role] for role in roles])
        place = {role: row for row, role in enumerate(roles)}
        self.role_of = torch.tensor([place.get(item.concept, -1) for item in pictures.distinct])
        self.gender_of = torch.tensor([{"man": 0, "woman": 1}.get(item.gender, -1) for item in pictures.distinct])
        self.kinds = torch.tensor([index[kind] for kind in KINDS])
        kinds = {kind: row for row, kind in enumerate(KINDS)}
        self.kind_of = torch.tensor(
            [kinds["vehicle"] if item.is_vehicle else kinds.get(item.kind, -1) for item in pictures.distinct]
        )
        pairs = [("man", "woman"), ("male person", "female person"), ("male", "female"), ("a man", "a woman")]
        pairs += [(f"man {role}", f"woman {role}") for role in roles] + [
            (f"male {role}", f"female {role}") for role in roles
        ]
        known = [pair for pair in pairs if pair[0] in index and pair[1] in index]
        self.pairs = torch.tensor([[index[man], index[woman]] for man, woman in known])

    def __call__(self, images: Tensor, emoji: np.ndarray, adapter: Adapter, rng: np.random.Generator) -> Tensor:
        rows = torch.from_numpy(emoji)
        target = torch.from_numpy(self.bank.sample(emoji, rng))
        others = torch.from_numpy(rng.choice(len(self.vectors), self.recipe.bank_sample, replace=False))
        columns, position = torch.unique(torch.cat([target, others]), return_inverse=True)
        logits = images @ adapter(self.vectors[columns]).T / self.recipe.temperature
        loss = masked_cross_entropy(logits, position[: len(target)], self.masked[rows][:, columns])
        loss = loss + self.recipe.gender_weight * self.gender_loss(images, self.gender_of[rows], adapter)
        loss = loss + self.recipe.role_weight * self.choice_loss(images, self.role_of[rows], self.roles, adapter)
        loss = loss + self.recipe.kind_weight * self.choice_loss(images, self.kind_of[rows], self.kinds, adapter)
        return loss + self.recipe.adapter_pull * adapter.pull()

    def gender_loss(self, images: Tensor, gender: Tensor, adapter: Adapter) -> Tensor:
        stated = gender >= 0
        half = torch.rand(int(stated.sum())) < 0.5
        drawn = torch.where(half, 0, torch.randint(len(self.pairs), half.shape))
        texts = adapter(self.vectors[self.pairs[drawn]])
        logits = (images[stated, None] * texts).sum(dim=2) / self.recipe.temperature
        return functional.cross_entropy(logits, gender[stated])

    def choice_loss(self, images: Tensor, truth: Tensor, texts: Tensor, adapter: Adapter) -> Tensor:
        known = truth >= 0
        logits = images[known] @ adapter(self.vectors[texts]).T / self.recipe.temperature
        return functional.cross_entropy(logits, truth[known])


class Average:
    """A running average of a module's weights and statistics."""

    def __init__(self, module: nn.Module, keep: float) -> None:
        self.keep = keep
        self.state = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        keep = min(self.keep, (step + 1) / (step + 10))
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                self.state[name].lerp_(tensor, 1 - keep)


def train_images(
    visual: nn.Module,
    adapter: Adapter,
    pictures: Pictures,
    *,
    bank: TextBank,
    vectors: Tensor,
    recipe: Recipe,
    seed: int,
) -> None:
    """Train the image tower and the adapter in place."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    shares = picture_shares(pictures) * bank.captioned[pictures.emoji_row]
    shares /= shares.sum()
    objective = Objective(pictures, bank, vectors, recipe)
    visual.to(memory_format=torch.channels_last).train()
    both = nn.ModuleList([visual, adapter])
    averaged = Average(both, recipe.average)
    optimizer = torch.optim.AdamW(
        [
            {"params": visual.parameters(), "lr": recipe.learning_rate, "weight_decay": recipe.weight_decay},
            {"params": adapter.parameters(), "lr": recipe.learning_rate / 6, "weight_decay": 0.0},
        ]
    )
    peaks = [group["lr"] for group in optimizer.param_groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peaks, total_steps=recipe.steps, pct_start=0.1)
    started = time.monotonic()
    for step in range(recipe.steps):
        chosen = rng.choice(len(shares), recipe.batch, p=shares)
        inputs = augment(pictures.pixels[torch.from_numpy(chosen)], recipe.strength)
        images = functional.normalize(visual(inputs.contiguous(memory_format=torch.channels_last)), dim=1)
        loss = objective(images, pictures.emoji_row[chosen], adapter, rng)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(both.parameters(), 2.0)
        optimizer.step()
        schedule.step()
        averaged.update(both, step)
        if step % 200 == 199:
            print(f"image step {step + 1} loss {loss.item():.3f} {time.monotonic() - started:.0f} s", flush=True)
    both.load_state_dict(averaged.state)
    visual.eval()


@torch.no_grad()
def embed_pictures(visual: nn.Module, pixels: Tensor, batch: int = 512) -> Tensor:
    """Embed pictures as they are."""
    visual.eval()
    parts = [visual(plain(pixels[start : start + batch])) for start in range(0, len(pixels), batch)]
    return functional.normalize(torch.cat(parts), dim=1)


@torch.no_grad()
def fold(model: nn.Module, adapter: Adapter, recipe: Recipe) -> None:
    """Multiply the adapter into the text projection, and set the logit scale that training used."""
    model.text_projection.copy_(model.text_projection @ adapter.weight)
    model.logit_scale.fill_(-math.log(recipe.temperature))
