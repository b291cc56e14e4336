"""A model that was opened: its graphs as functions of arrays. Letters of shapes as in `engine.bundle.graphs`."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.alignment import Word
from engine.bundle import providers
from engine.bundle.graphs import GRAPHS, TOKENIZER_FILE, Graph, graph_file, processor_file, weights_file
from engine.bundle.integrity import check_files, read_checked
from engine.bundle.manifest import Manifest, read_manifest
from engine.bundle.vocabulary import VOCABULARY_FILE, Vocabulary
from engine.bundle.weights import read_weights
from engine.errors import UserError

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

DEFAULT_BUNDLE = Path(__file__).parent.parent / "models" / "default"
"""The bundle that comes with the engine."""

_REMEMBERED_PROMPTS = 64


class _NotLoadedError(Exception):
    """A provider can't make a session of a graph."""


class Bundle:
    """One model in memory. Sessions are made when first needed; every method may be called from any thread.

    manifest: what the model says about itself. provider: the execution provider in use, another than was asked for
    where that one fails. threads: None for one a core.
    """

    def __init__(self, folder: Path, provider: str = "auto", threads: int | None = None) -> None:
        """Read `folder` and check every file's hash. UserError where anything is off.

        provider: “auto” or a name of `providers.PROVIDERS`. threads: for the CPU; None is one per physical core.
        """
        if threads is not None and not 1 <= threads <= 1024:
            raise UserError("The number of threads must be from 1 to 1024.")
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        check_files(folder, self.manifest.files)
        self.provider = providers.choose(provider)
        self.threads = threads
        self._mean = np.array(self.manifest.normalization.mean, dtype=np.float32)
        self._std = np.array(self.manifest.normalization.std, dtype=np.float32)
        self._sessions: dict[str, Any] = {}
        self._tokenizer: Any = None
        self._words: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.RLock()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that the model has learnt; empty where the bundle doesn't list them."""
        if VOCABULARY_FILE not in self.manifest.files:
            return Vocabulary()
        content = read_checked(self.folder, VOCABULARY_FILE, self.manifest.files[VOCABULARY_FILE])
        return Vocabulary.parse(content, str(self.folder / VOCABULARY_FILE))

    @property
    def size_bytes(self) -> int:
        """The size of the bundle's files on disk."""
        return sum((self.folder / name).stat().st_size for name in self.manifest.files)

    def load_all(self) -> None:
        """Make every session now, and run each once, so that a damaged graph is found and memory reserved before the
        first request.
        """
        manifest = self.manifest
        length = max(1, round(manifest.default_seconds * manifest.fps / manifest.frames_per_latent))
        words = np.stack([self.encode_text("")] * 2)
        flags = np.ones((2, length), np.bool_)
        latents = np.zeros((2, length, manifest.latent_width), np.float32)
        heard = np.ones(words.shape[:2], np.bool_)
        if manifest.family == "flow":
            self.velocity(latents, np.ones(2, np.float32), flags, words, heard)
        else:
            conditions, _ = self.transformer(latents, flags, flags, words, heard)
            scale, times = np.ones(2, np.float32), np.array([1, 0], np.float32)
            self.flow(latents[0, :2], conditions[0, :2], conditions[1, :2], scale, times)
        self.encode(self.decode(latents[:1]))

    def encode_text(self, text: str) -> Floats:
        """Words (L, W) of a prompt; the last prompts are remembered. The empty text is the null prompt of guidance."""
        with self._lock:
            if text in self._words:
                self._words.move_to_end(text)
                return self._words[text]
        ids = np.array([self._load_tokenizer().encode(text).ids], dtype=np.int64)
        words: Floats = self._run("text_encoder", input_ids=ids, attention_mask=np.ones_like(ids))[0][0]
        words.flags.writeable = False
        with self._lock:
            self._words[text] = words
            if len(self._words) > _REMEMBERED_PROMPTS:
                self._words.popitem(last=False)
        return words

    def is_too_long(self, text: str) -> bool:
        """Whether `text` has more words than the model reads; the rest is cut off."""
        return bool(self._load_tokenizer().encode(text).overflowing)

    def words_of(self, text: str) -> tuple[Word, ...]:
        """The words of a prompt with the indices of their tokens in `encode_text`'s rows, special tokens left out."""
        encoding = self._load_tokenizer().encode(text)
        tokens_of_word: dict[int, list[int]] = {}
        for token, word in enumerate(encoding.word_ids):
            if word is not None:
                tokens_of_word.setdefault(word, []).append(token)
        return tuple(
            Word(text[encoding.offsets[tokens[0]][0] : encoding.offsets[tokens[-1]][1]], tuple(tokens))
            for tokens in tokens_of_word.values()
        )

    def transformer(
        self, latents: Floats, known: Flags, valid: Flags, words: Floats, words_mask: Flags
    ) -> tuple[Floats, Floats]:
        """Conditions (B, l, D) for the flow, given the known among `latents` (B, l, d) and `words` (B, L, W); and the
        attention (B, l, L) of each latent on the words, its mean over layers and heads.
        """
        conditions, attention = self._run(
            "transformer", latents=latents, known=known, valid=valid, words=words, words_mask=words_mask
        )
        return conditions, attention

    def flow(self, noise: Floats, conditions: Floats, null_conditions: Floats, scale: Floats, times: Floats) -> Floats:
        """Latents (M, d) from `noise` (M, d): one flow step from each of `times` (S + 1,) to the next, guided by
        `scale` (M,) from `null_conditions` (M, D) towards and beyond `conditions` (M, D).
        """
        return self._run(
            "flow", noise=noise, conditions=conditions, null_conditions=null_conditions, scale=scale, times=times
        )[0]

    def velocity(
        self, latents: Floats, times: Floats, valid: Flags, words: Floats, words_mask: Flags
    ) -> tuple[Floats, Floats]:
        """Velocities (B, l, d) of the flow family at `times` (B,), and the attention (B, l, L) as of `transformer`."""
        velocities, attention = self._run(
            "velocity", latents=latents, times=times, valid=valid, words=words, words_mask=words_mask
        )
        return velocities, attention

    def decode(self, latents: Floats) -> Floats:
        """Features (B, 4l, F) in their own units of latents (B, l, d)."""
        normalized = self._run("decoder", latents=latents)[0]
        frames = latents.shape[1] * self.manifest.frames_per_latent
        if normalized.shape[1] != frames:
            raise UserError(
                f"{graph_file('decoder')} gave {normalized.shape[1]} frames, not {frames}; export the bundle again."
            )
        return normalized * self._std + self._mean

    def encode(self, features: Floats) -> Floats:
        """Latents (B, N/4, d) of features (B, N, F) in their own units; N is a multiple of 4."""
        normalized = (np.asarray(features, dtype=np.float32) - self._mean) / self._std
        return self._run("encoder", features=normalized)[0]

    def _run(self, graph: str, **inputs: NDArray[Any]) -> list[Floats]:
        session = self._session(graph)
        try:
            result: list[Floats] = session.run(list(GRAPHS[graph].outputs), inputs)
        except Exception as error:
            reason = providers.first_line(error)
            remedy = "export the bundle again" if self.provider == "cpu" else "try the provider cpu"
            raise UserError(f"{graph_file(graph)} failed on {self.provider} ({reason}); {remedy}.") from error
        return result

    def _session(self, graph: str) -> Any:
        with self._lock:
            while graph not in self._sessions:
                try:
                    self._sessions[graph] = self._new_session(graph)
                except _NotLoadedError as error:
                    if self.provider == "cpu":
                        raise UserError(f"{error}; export it again.") from error
                    self.provider = providers.substitute(self.provider, str(error))
                    self._sessions.clear()
            return self._sessions[graph]

    def _new_session(self, graph: str) -> Any:
        files = self.manifest.files
        integer = self.provider == "cpu" and processor_file(graph) in files
        path = self.folder / (processor_file(graph) if integer else graph_file(graph))
        model = read_checked(self.folder, path.name, files[path.name])
        weights = {}
        if weights_file(graph) in files:
            content = read_checked(self.folder, weights_file(graph), files[weights_file(graph)])
            weights = read_weights(content, str(self.folder / weights_file(graph)))
        purpose = providers.Purpose(self._cache_key, GRAPHS[graph], self.manifest.dimension_ranges)
        try:
            session = providers.new_session(model, self.provider, self.threads, weights, purpose)
        except Exception as error:
            reason = providers.first_line(error)
            raise _NotLoadedError(f"{path} is no graph that ONNX Runtime can load ({reason})") from error
        self._check_signature(path, GRAPHS[graph], session)
        return session

    @property
    def _cache_key(self) -> str:
        """The same for the same files."""
        return hashlib.sha256("".join(sorted(self.manifest.files.values())).encode()).hexdigest()[:16]

    def _check_signature(self, path: Path, graph: Graph, session: Any) -> None:
        inputs, outputs = session.get_inputs(), session.get_outputs()
        found = {tensor.name for tensor in inputs}, {tensor.name for tensor in outputs}
        if found != (set(graph.inputs), set(graph.outputs)):
            names, results = ", ".join(graph.inputs), " and ".join(graph.outputs)
            raise UserError(f"{path} must take {names} and give {results}; export the bundle again.")
        for tensor in (*inputs, *outputs):
            misfit = graph.tensors[tensor.name].misfit(tensor.type, tensor.shape, self.manifest.dimension_sizes)
            if misfit:
                raise UserError(f"{path}: “{tensor.name}” {misfit}; export the bundle again.")

    def _load_tokenizer(self) -> Any:
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = self._new_tokenizer()
            return self._tokenizer

    def _new_tokenizer(self) -> Any:
        # The library warns about forks when its own threads are on; one short sentence needs none.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from tokenizers import Tokenizer

        content = read_checked(self.folder, TOKENIZER_FILE, self.manifest.files[TOKENIZER_FILE])
        try:
            tokenizer = Tokenizer.from_buffer(content)
            tokenizer.enable_truncation(self.manifest.max_words)
            tokenizer.no_padding()
        except Exception as error:
            path = self.folder / TOKENIZER_FILE
            raise UserError(
                f"{path} is no tokenizer ({providers.first_line(error)}); export the bundle again."
            ) from error
        return tokenizer
