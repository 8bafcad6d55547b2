"""Turn documentation files into plain paragraphs."""

from __future__ import annotations

import html
import re
from pathlib import Path

FENCED = re.compile(r"^\s*(```|~~~).*?^\s*\1.*?$", re.DOTALL | re.MULTILINE)
HTML_CODE = re.compile(r"<(pre|script|style|nav|head|code class)\b.*?</(pre|script|style|nav|head|code)>", re.DOTALL)
HTML_BLOCK = re.compile(r"</?(p|h\d|li|ul|ol|div|br|td|tr|table|blockquote)\b[^>]*>")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
TAG = re.compile(r"</?[a-zA-Z][^>]*>")
INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"!\[[^\]]*\](\([^)]*\)|\[[^\]]*\])"), " "),
    (re.compile(r"\[([^\]]+)\](\([^)]*\)|\[[^\]]*\])"), r"\1"),
    (re.compile(r":[\w:+-]+:`~?([^`<]+?)\s*(<[^>]*>)?`"), r"\1"),
    (re.compile(r"`+([^`]+?)\s*(<[^>]*>)?`+_{0,2}"), r"\1"),
    (re.compile(r"\*\*?([^*\n]+)\*\*?"), r"\1"),
    (re.compile(r"(?<!\w)__?([^_\n]+)__?(?!\w)"), r"\1"),
    (re.compile(r"https?://\S+"), " "),
)
LEADER = re.compile(r"^\s*(#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s?)")
NOT_PROSE = re.compile(r"^\s*(\||\.\. |:\w+:|\[[^\]]+\]:|@|\$ |>>>|[=~^*\"-]{3,}\s*$|---|\+\+\+)")
WORD = re.compile(r"[A-Za-z']{2,}")
LICENCE = re.compile(r"\blicen[cs]ed?\b|\bcopyright\b|all rights reserved|warrant", re.IGNORECASE)


def looks_like_prose(paragraph: str) -> bool:
    """Keep sentences; leave out lists of names, badges, code and legal text."""
    words = WORD.findall(paragraph)
    letters = sum(character.isalpha() or character == " " for character in paragraph)
    return (
        len(words) >= 8
        and letters >= 0.86 * len(paragraph)
        and bool(re.search(r"[.!?:]\s*$", paragraph))
        and not LICENCE.search(paragraph)
        and not re.search(r"[{}<>|=\\]|\w\(", paragraph)
    )


def paragraphs_of(path: Path, text: str) -> list[str]:
    """Plain paragraphs of a Markdown, reStructuredText or HTML file."""
    if path.suffix == ".html":
        text = HTML_CODE.sub("\n\n", text)
        text = HTML_BLOCK.sub("\n\n", text)
        text = html.unescape(TAG.sub("", text))
    else:
        text = TAG.sub(" ", COMMENT.sub(" ", FENCED.sub("\n\n", text)))
    found = []
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)", text):
        lines = block.splitlines()
        if not lines or lines[0].startswith(("    ", "\t")) or any(NOT_PROSE.match(line) for line in lines):
            continue
        plain = LEADER.sub("", "\n".join(line.strip() for line in lines))
        for pattern, replacement in INLINE:
            plain = pattern.sub(replacement, plain)
        plain = re.sub(r"[ \t]{2,}", " ", plain).strip()
        if looks_like_prose(plain):
            found.append(plain)
    return found
