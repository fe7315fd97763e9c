"""What a store says of itself, wherever its files lie."""

from dataclasses import dataclass
from functools import cached_property

from clipdash.errors import QueryError, suggest
from clipdash.store.manifest import Attribute, Manifest, Variant


@dataclass(frozen=True)
class StoreRef:
    """Which store, in which state: its name and the digest of its manifest."""

    name: str
    digest: str


class Described:
    """What has a name and a manifest; the base of the stores of this machine and of those elsewhere."""

    name: str
    manifest: Manifest

    @cached_property
    def digest(self) -> str:
        """The sha256 (hexadecimal) of the manifest as canonical JSON."""
        return self.manifest.digest

    @cached_property
    def ref(self) -> StoreRef:
        """Name and digest, to be kept with results."""
        return StoreRef(self.name, self.digest)

    def attribute(self, name: str) -> Attribute:
        """Return what the manifest says of an attribute; `QueryError` names the nearest where there is none."""
        known = {attribute.name: attribute for attribute in self.manifest.attributes}
        if name not in known:
            raise QueryError(f'Store "{self.name}" has no attribute "{name}". {suggest(name, known)}')
        return known[name]

    def variant(self, name: str | None = None) -> Variant:
        """Return what the manifest says of a variant, by default the first; `QueryError` names the nearest."""
        known = {variant.name: variant for variant in self.manifest.variants}
        if name is None:
            return self.manifest.variants[0]
        if name not in known:
            raise QueryError(f'Store "{self.name}" has no variant "{name}". {suggest(name, known)}')
        return known[name]

    def refuse_scores(self, variant: str | None) -> Variant:
        """Return what the manifest says of a variant with embeddings; `QueryError` where it holds scores instead."""
        chosen = self.variant(variant)
        if chosen.encoder.kind == "scores":
            raise QueryError(f'Variant "{chosen.name}" of store "{self.name}" holds scores and no embeddings.')
        return chosen
