"""Each process has a log of its own, and all are found."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdrstats.log import configure, log_files, web_log
from cdrstats.settings import Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"CDRSTATS_VAR_DIR": str(tmp_path), "CDRSTATS_PORT": "9000"})


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.mark.usefixtures("logging_as_before")
def test_two_web_processes_write_two_files(settings: Settings) -> None:
    for port in (9000, 9001):
        path = configure(settings, web_log(settings, port))
        logging.getLogger("cdrstats.web").warning("port=%d", port)
        [line] = path.read_text("utf-8").splitlines()
        assert line.endswith(f"level=warning logger=cdrstats.web port={port}")
    assert log_files(settings) == ["jobs.log", "web.log", "web-9001.log"]


def test_before_anything_was_logged_there_are_the_usual_two(settings: Settings) -> None:
    assert log_files(settings) == ["jobs.log", "web.log"]
