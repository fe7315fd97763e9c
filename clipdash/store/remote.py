"""A store at a URL (``s3://``, ``gs://``, ``file://``, ``memory://``), of which only the rows asked for are read."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

import fsspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clipdash.encoders import LabelBank, read_bank
from clipdash.errors import QueryError, StoreError
from clipdash.store.identity import Described
from clipdash.store.manifest import ENCODER, MANIFEST, OWN_ENCODER, PEOPLE, DamageError, Manifest, parse_manifest
from clipdash.store.people import read_people_rows
from clipdash.store.prompts import parse_texts
from clipdash.store.reader import Store, open_store
from clipdash.store.vectors import Vectors, locate_rows, make_head

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.+")
_PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
}


@dataclass(frozen=True, eq=False)
class RemoteStore(Described):
    """A store at a URL, as `open_remote` returns it; nothing of it is kept but the manifest.

    Parameters
    ----------
    name : str
        The last part of the URL.
    url : str
        Where it is.
    manifest : Manifest
        What it holds.
    """

    name: str
    url: str
    manifest: Manifest
    _files: Any = field(repr=False)
    _folder: str = field(repr=False)

    def read_people(self, rows: range) -> pd.DataFrame:
        """Return the annotations of some rows; as those of a `Store`."""
        with self._explain(), self._files.open(self._locate(PEOPLE), "rb") as source:
            return read_people_rows(source, self.manifest.attributes, self.manifest.images, rows)

    def read_vectors(self, rows: range, variant: str | None = None) -> Vectors:
        """Return the embeddings of some rows, shape (len(rows), D) float32, by one request for their bytes.

        Raises
        ------
        QueryError
            The variant holds scores, or does not exist.
        StoreError
            The rows cannot be read.
        """
        chosen = self.refuse_scores(variant)
        name, dim = chosen.files[0], chosen.encoder.dim  # type: ignore[union-attr]  # scores were refused
        if not rows:
            return np.zeros((0, dim), np.float32)
        start, stop = locate_rows(rows, dim)
        with self._explain():
            content = self._files.cat_file(self._locate(name), start=start, end=stop)
            if len(content) != stop - start:
                raise DamageError(f"{name} ends before row {rows.stop}")
        return np.frombuffer(content, "<f4").reshape(-1, dim)

    def bank(self, variant: str | None = None) -> LabelBank:
        """Return the label bank of a variant that has one, held against its checksum."""
        name = self.variant(variant).files[1]
        with self._explain():
            return read_bank(self._fetch(name))

    def texts(self, variant: str | None = None) -> Mapping[str, Vectors]:
        """Return the embeddings that the store brings of some prompts, as `Store.texts` does."""
        chosen = self.variant(variant)
        if not chosen.texts:
            return {}
        with self._explain():
            return parse_texts(self._fetch(chosen.texts_file).read_bytes(), chosen)

    def scores(self, variant: str | None = None) -> Mapping[str, NDArray[np.float64]]:
        """Raise `QueryError`: a table of scores is not read in parts from elsewhere."""
        raise QueryError(
            f'Variant "{self.variant(variant).name}" of {self.url} is a table of scores, which is read on this machine '
            "only. Copy the store here and name its folder."
        )

    def encoder_reference(self, variant: str | None = None) -> str:
        """Return the reference to read the encoder of a variant by; one that the store brings along is fetched."""
        reference = self.variant(variant).encoder.reference
        if reference != OWN_ENCODER:
            return reference
        with self._explain():
            for name in self.manifest.files:
                if name.startswith(f"{ENCODER}/"):
                    self._fetch(name)
        return f"local-dir:{Path(self._folder) / ENCODER}"

    def _fetch(self, name: str) -> Path:
        """Copy a file of the store into a folder that goes with this object, once its checksum is right."""
        path = Path(self._folder) / name
        content = self._files.cat_file(self._locate(name))
        if sha256(content).hexdigest() != self.manifest.files[name].sha256:
            raise DamageError(f"{name} is not the file that the manifest names")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def _locate(self, name: str) -> str:
        return f"{self._files._strip_protocol(self.url)}/{name}"

    def _check(self) -> None:
        """Refuse files of another size, and indices that begin otherwise, than the manifest says."""
        for name in (PEOPLE, *(variant.files[0] for variant in self.manifest.variants)):
            found, promised = self._files.size(self._locate(name)), self.manifest.files[name].bytes
            if found != promised:
                raise DamageError(f"{name} has {found:,} bytes where the manifest says {promised:,}")
        for variant in self.manifest.variants:
            if variant.encoder.kind != "scores":
                head = make_head(self.manifest.images, variant.encoder.dim)
                if self._files.cat_file(self._locate(variant.files[0]), start=0, end=len(head)) != head:
                    raise DamageError(f"{variant.files[0]} is not the index that the manifest describes")

    @contextmanager
    def _explain(self) -> Iterator[None]:
        with _explain(self.url):
            yield


def is_url(reference: str) -> bool:
    """Return whether a text names a store by a URL.

    Examples
    --------
    >>> is_url("s3://bucket/faces"), is_url("faces")
    (True, False)
    """
    return bool(_URL.fullmatch(reference))


def open_anywhere(reference: str) -> Store | RemoteStore:
    """Open a store by its URL, its path or its name; errors are those of `open_remote` and `open_store`."""
    return open_remote(reference) if is_url(reference) else open_store(reference)


def open_remote(url: str) -> RemoteStore:
    """Open a store at a URL.

    Parameters
    ----------
    url : str
        As fsspec takes it. What it needs to get in (keys, endpoints) it finds in the environment.

    Returns
    -------
    RemoteStore
        Its manifest was checked, and that the annotations and embeddings have their sizes; checksums were not.

    Raises
    ------
    StoreError
        There is no such store, it is damaged, or the package for this kind of URL is missing.
    """
    url = url.rstrip("/")
    with _explain(url):
        files = _find_files(url)
        content = files.cat_file(f"{files._strip_protocol(url)}/{MANIFEST}")
        folder = mkdtemp(prefix="clipdash-")
        store = RemoteStore(url.rpartition("/")[2], url, parse_manifest(content), files, folder)
        finalize(store, shutil.rmtree, folder, True)
        store._check()
    return store


def _find_files(url: str) -> Any:
    protocol = url.partition("://")[0]
    try:
        return fsspec.url_to_fs(url)[0]
    except ImportError as error:
        package = _PACKAGES.get(protocol)
        more = f"the package {package} is not installed: pip install {package}" if package else str(error).rstrip(".")
        raise StoreError(f"{url} cannot be read: {more}.") from None
    except ValueError:
        raise StoreError(f"{url} cannot be read: {protocol}:// is no kind of address that fsspec knows.") from None


@contextmanager
def _explain(url: str) -> Iterator[None]:
    """Turn damage, and what a file system raises, into a sentence that names the URL."""
    try:
        yield
    except DamageError as error:
        raise StoreError(f"The store {url} cannot be read: {error}. Copy it there again.") from None
    except FileNotFoundError as error:
        raise StoreError(f"There is no store at {url}, or not all of it (not found: {error}).") from None
    except OSError as error:
        raise StoreError(f"The store {url} cannot be read ({error}).") from None
