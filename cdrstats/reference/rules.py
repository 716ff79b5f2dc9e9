"""What the cells of reference data must be: checks that end in a sentence. Pure."""

from cdrstats.errors import BadRequest

LONGEST = 200
"""Characters of a name."""


def checked_name(cell: str, what: str) -> str:
    """The name as it is stored. Raises BadRequest if it is empty or too long."""
    name = cell.replace("\0", "").strip()
    if not name:
        raise BadRequest(f"{what} cannot be empty.")
    if len(name) > LONGEST:
        raise BadRequest(f"{what} has at most {LONGEST} characters.")
    return name


def checked_flag(cell: str, what: str) -> bool:
    """What `yes` or `no`, in any case, stands for; nothing is no. Raises BadRequest."""
    flags = {"yes": True, "true": True, "no": False, "false": False, "": False}
    flag = flags.get(cell.strip().lower())
    if flag is None:
        raise BadRequest(f"{what} is yes or no, not {cell!r}.")
    return flag


def flag_told(flag: bool) -> str:
    """The cell of a flag."""
    return "yes" if flag else "no"


def checked_code(cell: str, what: str, digits: int) -> int:
    """A number of 1 and up, with at most so many digits. Raises BadRequest."""
    code = cell.strip().removeprefix("+")
    if not (code.isascii() and code.isdigit() and code[0] != "0" and len(code) <= digits):
        raise BadRequest(f"{what} has 1 to {digits} digits, the first of them not 0: {cell!r}.")
    return int(code)
