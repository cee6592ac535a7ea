"""Named secrets: values beside a name that tells what they are, such as ``db_password``, ``apiKey`` or ``Cookie``.

1. A name ends in a word for a secret, in any of the cases of programs, and maybe in digits.
2. Behind it stands what joins a name and its value in settings, JSON, YAML, XML, URLs, headers or on a command line.
3. The value ends at its quote, or, without one, where its form ends it. Without a closing quote it ends with its line.

Each place of a text is looked at a few times at most, so what a hostile text costs grows with its length alone.
"""

from __future__ import annotations

import re

from context_observe.mask import MASK

_KINDS_OF_KEY = (
    "api|access|account|auth|encryption|license|master|private|secret|service|session|shared|signing|storage"
)
_WORDS = (
    "password|passwd|passphrase|pwd|secret|secrets|credential|credentials|token|cookie|authorization|"
    rf"(?:{_KINDS_OF_KEY})[ _-]?(?:access[ _-]?)?key(?:[_-]?base)?"
)
_TITLED = (
    "Password|Passwd|Passphrase|Pwd|Secret|Credentials?|Token|Cookie|Authorization|"
    rf"(?:{'|'.join(word.title() for word in _KINDS_OF_KEY.split('|'))})(?:Access)?Key"
)
_NAME = rf"(?:(?i:(?<![a-z])(?:{_WORDS}))|(?i:password|passwd)|(?<=[a-z0-9])(?:{_TITLED}))s?+_?\d*+(?![A-Za-z0-9_])"
"""A word of its own, or the end of one: ``password`` ends any word, of the others ``authToken`` and ``auth_token``."""
_JOINT = (
    r"(?:\\*[\"'])?[ \t]{0,80}+(?:"
    r"=>|:=|={1,3}|:(?!:)"
    r"|>(?=[^<>\s]{1,1000}</)"  # <password>…</password>
    r"|,?\s{0,80}+(?:\\*[\"'])?value(?:\\*[\"'])?[ \t]{0,8}[:=]"  # "name": "DB_PASSWORD", "value": …
    r")[ \t]*+"
)
_FLAG = rf"(?<![\w-])--?[\w-]{{0,60}}?{_NAME}(?:\\*[\"'],\s{{0,80}}+|[ \t]++)(?!-)"
"""``--password``, whose value is the next word; also the next text in a list of arguments."""
_FOUND = re.compile(rf"(?P<flag>{_FLAG})|(?P<name>{_NAME}){_JOINT}")
_HEADER = re.compile(r"(?i:authorization|cookie)$")
_SETTING = re.compile(r"(?m:^)[ \t]*(?:export[ \t]+|set[ \t]+)?[A-Za-z_]\w*=\Z")
_PLAIN = re.compile(r"(?i:null|none|nil|true|false|undefined|\[secret\])(?![\w.-])|[\[{(]")
"""Not secrets: what stands for nothing, a value that was masked, and values that hold others."""
_COUNT = re.compile(r"\d{1,7}(?![\w.-])")
_SCHEME = re.compile(r"(?i:basic|bearer|digest|token|apikey|negotiate)[ \t]+")
_QUOTED = {
    '"': re.compile(r'(?:\\.|[^"\\\n])*+'),
    "'": re.compile(r"(?:\\.|''|[^'\\\n])*+"),
}
_QUOTE = re.compile(r"\\*[\"']")
_BARE = re.compile(r"[^\s,;&\"'<>#)\]}]+")
_WORD = re.compile(r"[^\s\"']+")
_HEADER_LINE = re.compile(r"[^\r\n\"'\\]+")


def without_named(text: str) -> str:
    """Return a text with the values of telling names replaced.

    Example:
        >>> without_named("DB_PASSWORD=hunter2 retries=3")
        'DB_PASSWORD=[secret] retries=3'
    """
    pieces: list[str] = []
    done = 0
    for match in _FOUND.finditer(text):
        if match.start() < done:
            continue
        start, end = _value(text, match)
        if end > start:
            pieces += [text[done:start], MASK]
            done = end
    return "".join([*pieces, text[done:]])


def is_secret_name(name: str) -> bool:
    """Return whether a name tells that its value is a secret.

    Example:
        >>> is_secret_name("refreshToken"), is_secret_name("max_tokens")
        (True, False)
    """
    found = [match for match in re.finditer(_NAME, name) if match.end() == len(name)]
    return bool(found) and not _counts(name)


def _counts(name: str) -> bool:
    return name.lower().endswith("tokens")


def _value(text: str, match: re.Match[str]) -> tuple[int, int]:
    """Return where the value behind a name begins and ends; an empty stretch where there is none to hide."""
    start, name = match.end(), match["name"] or ""
    if _counts(name) or (match["flag"] is None and _PLAIN.match(text, start)):
        return start, start
    if name.lower().endswith("token") and _COUNT.match(text, start):
        return start, start
    quote = _QUOTE.match(text, start)
    if quote is not None:
        start, stop = quote.end(), _quoted_end(text, quote)
    else:
        stop = _bare_end(text, match, name)
    if _HEADER.search(name) and (scheme := _SCHEME.match(text, start, stop)):
        start = scheme.end()
    return start, stop


def _quoted_end(text: str, quote: re.Match[str]) -> int:
    if len(quote[0]) == 1:
        found = _QUOTED[quote[0]].match(text, quote.end())
        return found.end() if found else quote.end()
    line_end = text.find("\n", quote.end())
    line_end = len(text) if line_end < 0 else line_end
    place = text.find(quote[0], quote.end(), line_end)
    while place > 0 and text[place - 1] == "\\":  # a quote inside JSON that stands inside JSON
        place = text.find(quote[0], place + 1, line_end)
    return line_end if place < 0 else place


def _bare_end(text: str, match: re.Match[str], name: str) -> int:
    if match["flag"] is not None:
        form = _WORD
    elif _HEADER.search(name):
        form = _HEADER_LINE
    else:
        line_start = max(text.rfind("\n", max(0, match.end() - 200), match.start()) + 1, match.end() - 200, 0)
        form = _WORD if _SETTING.match(text[line_start : match.end()]) else _BARE
    found = form.match(text, match.end())
    return found.end() if found else match.end()
