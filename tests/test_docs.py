"""What the docs say is what there is: every command, every link."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cdrstats.cli import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands(
    group: click.Group, words: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            assert command is not None
            if isinstance(command, click.Group):
                yield from commands(command, (*words, name))
            else:
                yield " ".join((*words, name)), command


COMMANDS = dict(commands(main))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_has_help_and_stands_in_the_docs(name: str) -> None:
    assert COMMANDS[name].help
    assert f"`{name}" in (ROOT / "docs" / "cli.md").read_text("utf-8")


def test_the_docs_name_no_command_that_is_not_there() -> None:
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    told = re.findall(r"^\| `([a-z-]+(?: [a-z-]+)?)", text, re.MULTILINE)
    assert set(told) <= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
