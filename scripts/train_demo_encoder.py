"""Train the demonstration encoder: a small CLIP on emoji drawings, loaded by open_clip's `local-dir:`.

Three stages, seeded and of fixed length: distil the text tower from a sentence encoder; train the image tower
against the sentence encoder's embeddings of true texts; fold the linear adapter into the text projection.
`--hold-back VENDOR` leaves one training vendor out and prints the figures on it: settings are chosen there.
"""

import argparse
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from demo_art import write_training
from demo_encoder import captions, export, figures, image_tower, phrases, text_tower, truth
from demo_encoder.art import EMOJIBASE, fetch
from demo_encoder.emoji import Emoji, load_emoji

SEED = 1
TEXT_STEPS, TEXT_BATCH = 2200, 256
COMMON_WORDS = 12_000
MOST_HOLDERS = 5
POOL_WORDS = 1500
POOL_TOO_CLOSE = 0.45


def fetch_wordnet(cache: Path) -> Path:
    """Return the folder of WordNet's database, from the Debian package `wordnet-base`."""
    target = cache / "wordnet"
    if not target.exists():
        # Run by hand; whoever owns the search path could change this script as well.
        subprocess.run(["apt-get", "download", "wordnet-base"], cwd=cache, check=True)  # nosec B607
        package = next(cache.glob("wordnet-base_*.deb"))
        subprocess.run(["dpkg", "-x", package.name, "wordnet"], cwd=cache, check=True)  # nosec B607
    return target / "usr/share/wordnet"


def dictionary(emoji: list[Emoji], wordnet: Path) -> dict[Emoji, captions.Relatives]:
    """Look every emoji up in WordNet; a word that is true of many concepts (worker) says little of each."""
    senses = phrases.noun_senses(wordnet)
    found = {item: captions.relatives(item, senses) for item in emoji}
    holders: dict[str, set[str]] = {}
    for item, related in found.items():
        for word in related.true:
            holders.setdefault(word, set()).add(item.concept)
    general = frozenset(word for word, concepts in holders.items() if len(concepts) > MOST_HOLDERS)
    return {item: related.leave_open(general) for item, related in found.items()}


def phrase_shares(texts: list[str], own: set[str]) -> torch.Tensor:
    """Draw captions three times, and common words twice, as often as other phrases."""
    common = set(phrases.frequent_words(COMMON_WORDS))
    return torch.tensor([3.0 if text in own else 2.0 if text in common else 1.0 for text in texts])


def caption_set(relatives: dict[Emoji, captions.Relatives]) -> set[str]:
    """Return all captions of all emoji, and the dictionary's words for them."""
    own = {text for item in relatives for text in captions.all_texts(item)}
    return own | {word for item in relatives.values() for word in (*item.true, *item.possible)}


def all_phrases(own: set[str], wordnet: Path) -> list[str]:
    """Return every phrase that the text tower learns."""
    people = phrases.person_nouns(phrases.noun_senses(wordnet))
    return sorted({*phrases.frequent_words(), *phrases.wordnet_lemmas(wordnet), *people, *own})


def train_text(model: torch.nn.Module, targets: text_tower.Targets, shares: torch.Tensor, cache: Path) -> None:
    """Distil the text tower, or take the one that an earlier run left in the cache."""
    saved = cache / "text.pt"
    if saved.exists():
        model.load_state_dict(torch.load(saved, weights_only=True))
        return
    text_tower.start_from_words(model, targets)
    cosine = text_tower.distil(model, targets, shares, steps=TEXT_STEPS, batch=TEXT_BATCH, seed=SEED)
    print(f"text tower: cosine to the teacher on held-out phrases {cosine:.3f}")
    torch.save(model.state_dict(), saved)


def make_bank(
    pictures: image_tower.Pictures, relatives: dict[Emoji, captions.Relatives], targets: text_tower.Targets
) -> tuple[truth.TextBank, torch.Tensor]:
    """Return the texts that pictures are compared with, and their embeddings."""
    vectors = targets.vectors.numpy()
    known = {text: vectors[row] for row, text in enumerate(targets.phrases)}
    words = [word for word in phrases.frequent_words(COMMON_WORDS) if word in known]
    chosen = np.random.default_rng(SEED).choice(len(words), POOL_WORDS, replace=False)
    pool = [words[index] for index in chosen]
    bank = truth.make_bank(pictures.distinct, relatives, pool, truth.SimilarPool(known, POOL_TOO_CLOSE))
    return bank, torch.from_numpy(np.stack([known[text] for text in bank.texts]))


def report_held_back(model: torch.nn.Module, pictures: image_tower.Pictures) -> None:
    """Print the figures on the vendor that was left out of training."""
    subjects = [
        figures.Subject(
            item.concept, item.gender, item.skin_tone, item.kind, item.is_vehicle, f"{item.concept}/{item.gender}"
        )
        for item in pictures.emoji
    ]
    images = image_tower.embed_pictures(model.visual, pictures.pixels)
    found = figures.all_figures(images, subjects, figures.fold_text(model, text_tower.tokenize), toned_only=False)
    print(figures.line(str(pictures.art[0]), found))


def train(arguments: argparse.Namespace) -> None:
    """Run all stages and write the encoder."""
    started, cache = time.monotonic(), arguments.cache
    cache.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    wordnet = fetch_wordnet(cache)
    relatives = dictionary(list(load_emoji(fetch(EMOJIBASE, cache)).values()), wordnet)
    own = caption_set(relatives)
    if not (cache / "training.npz").exists():
        write_training(cache / "training.npz", cache)
    targets = text_tower.make_targets(all_phrases(own, wordnet), cache / "targets.npz")
    model = text_tower.new_model(SEED)
    train_text(model, targets, phrase_shares(targets.phrases, own), cache)
    pictures, held_back = image_tower.load_pictures(cache / "training.npz", arguments.hold_back)
    bank, vectors = make_bank(pictures, relatives, targets)
    adapter = image_tower.Adapter(text_tower.EMBED_DIM)
    recipe = replace(image_tower.Recipe(), **({"steps": arguments.steps} if arguments.steps else {}))
    image_tower.train_images(model.visual, adapter, pictures, bank=bank, vectors=vectors, recipe=recipe, seed=SEED)
    image_tower.fold(model, adapter, recipe)
    if len(held_back.emoji):
        report_held_back(model, held_back)
    export.export(model, export.seen_tokens(targets.phrases), arguments.out)
    print(f"wrote {arguments.out} after {time.monotonic() - started:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("embeddings_cache/emoji/encoder"))
    parser.add_argument("--cache", type=Path, default=Path(".cache/demo-art"), help="packages and finished stages")
    parser.add_argument("--hold-back", default="", help="a training vendor to leave out and measure on: Streamline")
    parser.add_argument("--steps", type=int, default=0, help="steps of the image stage, for a trial")
    parser.add_argument("--threads", type=int, default=2)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
