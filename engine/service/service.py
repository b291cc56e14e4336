"""Everything behind the routes: the jobs and their worker, the store, the models, the open streams."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.service.catalog import Catalog, Model
from engine.service.events import EventStreams
from engine.service.jobs import JobBoard
from engine.service.store import MotionStore
from engine.service.worker import Worker

if TYPE_CHECKING:
    from engine.generator import Engine


@dataclass(frozen=True)
class EngineOptions:
    """How models are opened; provider and threads as for `Bundle`."""

    provider: str = "auto"
    threads: int | None = None


@dataclass(frozen=True, eq=False)
class Service:
    """What the routes work with, for as long as the process runs."""

    store: MotionStore
    catalog: Catalog
    options: EngineOptions
    board: JobBoard
    worker: Worker
    streams: EventStreams = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "streams", EventStreams(self.board))

    @classmethod
    def start(cls, store: MotionStore, catalog: Catalog, options: EngineOptions) -> Service:
        """Start the worker, which has no model yet."""
        board = JobBoard()
        return cls(store, catalog, options, board, Worker(board, store))

    @property
    def engine(self) -> Engine:
        """The engine that the worker uses now."""
        return self.worker.engine

    def load(self, folder: Path) -> Future[Engine]:
        """Have the worker open a bundle between two jobs and use it from then on."""
        return self.worker.load(lambda: _open(folder, self.options))

    def is_active(self, model: Model) -> bool:
        """Whether `model` is the one in use."""
        return self.engine.bundle.folder == model.folder

    def close(self) -> None:
        """Stop the worker; to be called once."""
        self.worker.close()


def _open(folder: Path, options: EngineOptions) -> Engine:
    from engine.bundle.bundle import Bundle
    from engine.generator import Engine

    bundle = Bundle(folder, options.provider, options.threads)
    bundle.load_all()
    return Engine(bundle)
