"""What `file` takes on the command line."""

import click
import pytest

from cdrstats.cli.files import SourceName


@pytest.mark.parametrize(
    ("given", "name"),
    [("asterisk-csv", "asterisk_csv"), ("3CX", "3cx"), ("generic", "generic_csv")],
)
def test_a_format_is_written_with_dashes_or_underscores(given: str, name: str) -> None:
    assert SourceName().convert(given, None, None) == name
    with pytest.raises(click.BadParameter, match="'fax' is not one of"):
        SourceName().convert("fax", None, None)
