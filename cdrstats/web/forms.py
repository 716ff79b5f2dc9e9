"""The pages that are not Streamlit's: plain HTML, no script."""

from collections.abc import Iterable
from html import escape
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

STYLE = """
@font-face { font-family: Inter; src: url(/app/static/inter-latin-wght-normal.woff2);
  font-weight: 100 900; }
:root { color-scheme: light dark; --ink: light-dark(#15202c, #e6ecf2);
  --paper: light-dark(#ffffff, #1a2430); --around: light-dark(#f2f5f8, #0f151c);
  --line: light-dark(#8a97a5, #5b6b7c); --main: light-dark(#1c6aa8, #2a72ad);
  --bad: light-dark(#a3160c, #ff9d94); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  font: 15px/1.45 Inter, system-ui, sans-serif; color: var(--ink); background: var(--around); }
main { width: min(22rem, 100%); background: var(--paper); border-radius: 12px; padding: 1.75rem;
  box-shadow: 0 1px 12px rgb(0 0 0 / 14%); }
img { height: 30px; display: block; }
h1 { font-size: 1.15rem; margin: 1.1rem 0 .9rem; font-weight: 650; }
p { margin: .6rem 0; }
form { display: grid; gap: .85rem; }
label { display: grid; gap: .3rem; font-weight: 550; }
small { font-weight: 400; }
input, button, a.button { font: inherit; width: 100%; padding: .6rem .7rem; border-radius: 8px;
  border: 1px solid var(--line); background: transparent; color: inherit; }
button, a.button { cursor: pointer; text-align: center; text-decoration: none;
  font-weight: 600; }
button { background: var(--main); border-color: var(--main); color: #fff; }
a.button { display: block; margin-top: .85rem; }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--main);
  outline-offset: 2px; }
.bad { color: var(--bad); }
.or { display: flex; align-items: center; gap: .7rem; margin: 1.1rem 0 -.1rem; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
a.button { overflow-wrap: anywhere; }
"""

NO_STORE = {"cache-control": "no-store"}


def sign_in(
    next: str,
    trouble: str = "",
    notice: str = "",
    status: int = 200,
    provider: str = "",
    name: str = "",
) -> HTMLResponse:
    """The form of name and password, and below it the way to the provider, if there is one.

    Args:
        next: the path that the person wanted.
        trouble, notice: a sentence above the form.
        provider: its name.
        name: what was typed as one before.
    """
    here, there = ("", " autofocus") if name else (" autofocus", "")
    typed = f'autocomplete="username" autocapitalize="none" value="{escape(name)}"{here}'
    fields = [
        _field("Name", "name", typed),
        _field(
            "Password", "password", f'type="password" autocomplete="current-password"{there}'
        ),
        _field(
            "Code",
            "code",
            'inputmode="numeric" autocomplete="one-time-code" maxlength="12"',
            "of your telephone, if you have set one up",
        ),
        f'<input type="hidden" name="next" value="{escape(next)}">',
        "<button>Sign in</button>",
    ]
    body = _told(trouble, notice) + _form("/login", fields)
    if provider:
        start = escape(f"/oidc/start?{urlencode({'next': next})}")
        body += f'<p class="or">or</p><a class="button" href="{start}">'
        body += f"Sign in with {escape(provider)}</a>"
    return page("Sign in", body, status)


def choose_password(path: str, name: str, trouble: str = "", status: int = 200) -> HTMLResponse:
    """The form by which the person whom a link is for chooses a password."""
    fields = [
        f'<input type="hidden" name="username" autocomplete="username" value="{escape(name)}">',
        _field(
            "Password",
            "password",
            'type="password" autocomplete="new-password" autofocus',
            "12 characters or more; several words are easy to keep in mind",
        ),
        _field("Once more", "again", 'type="password" autocomplete="new-password"'),
        "<button>Set password</button>",
    ]
    title = f"Choose a password for {name}"
    return page(title, _told(trouble) + _form(path, fields), status)


def sentence(
    title: str, words: str, status: int, lang: str = "en", sign_in: str = "Sign in"
) -> HTMLResponse:
    """A page that says one thing, and leads to the sign-in, in the language of a tag."""
    body = f'<p>{escape(words)}</p><a class="button" href="/login">{escape(sign_in)}</a>'
    return page(title, body, status, lang=lang)


def page(
    title: str, body: str, status: int = 200, style: str = "", lang: str = "en"
) -> HTMLResponse:
    """A page: its heading, HTML below it, and rules beside those of all pages."""
    document = (
        f'<!doctype html><html lang="{escape(lang)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} – CDR-Stats</title>"  # noqa: RUF001
        '<link rel="icon" href="/app/static/favicon.png">'
        f"<style>{STYLE}{style}</style></head><body><main>"
        '<img src="/app/static/logo.svg" alt="CDR-Stats">'
        f"<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(document, status, NO_STORE)


def _form(path: str, fields: Iterable[str]) -> str:
    return f'<form method="post" action="{escape(path)}">{"".join(fields)}</form>'


def _field(label: str, name: str, attributes: str, hint: str = "") -> str:
    told = f" <small>{escape(hint)}</small>" if hint else ""
    needed = "" if name == "code" else " required"
    return (
        f"<label><span>{escape(label)}{told}</span>"
        f'<input name="{name}" {attributes}{needed}></label>'
    )


def _told(trouble: str, notice: str = "") -> str:
    told = f'<p class="bad" role="alert">{escape(trouble)}</p>' if trouble else ""
    return told + (f'<p role="status">{escape(notice)}</p>' if notice else "")
