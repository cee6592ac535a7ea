"""Images and files, whichever form they were written in.

`media_of` knows how Anthropic, Chat Completions, Responses and LangChain write them; each renderer writes what it gives
in a form of its own. What stands under an id with one provider is nothing to another, and no media here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core.renderers.rendered import json_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from context_core.node import Node

_IMAGES = ("image", "image_url", "input_image")
_FILES = ("document", "file", "input_file")


@dataclass(frozen=True, slots=True)
class Media:
    """An image or a file.

    Attributes:
        is_image: whether it is an image.
        url: its address on the web; empty where the bytes are here.
        media_type: such as ``image/png``; empty where it has only an address.
        data: its bytes in Base64; empty where it has only an address.
        detail: how closely a model is asked to look, where the source says it.
        name: a file's name, where the source says it.

    Example:
        >>> media_of({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}).media_type
        'image/png'
    """

    is_image: bool
    url: str = ""
    media_type: str = ""
    data: str = ""
    detail: str | None = None
    name: str | None = None

    @property
    def address(self) -> str:
        """The address, or a data URL that holds the bytes."""
        return self.url or f"data:{self.media_type};base64,{self.data}"

    @property
    def size(self) -> int:
        """How many bytes are here; 0 where it has only an address."""
        return len(self.data) * 3 // 4 - self.data[-2:].count("=")

    @property
    def label(self) -> str:
        """What a person is told of it: its kind, name, type and size, or where it is."""
        if self.url:
            about = self.url
        else:
            named = f"{self.name}, " if self.name else ""
            about = f"{named}{self.media_type}, {self.size:,} bytes"
        return f"{'image' if self.is_image else 'file'}: {about}"


def media_of(part: Mapping[str, Any]) -> Media | None:
    """Return a part as an image or a file, or None where it is neither, or only an id says which.

    Args:
        part: a content block of Anthropic, Chat Completions, Responses or LangChain.
    """
    kind = part.get("type")
    if kind not in _IMAGES and kind not in _FILES:
        return None
    held: Any = part.get({"image_url": "image_url", "file": "file"}.get(str(kind), "source"))
    inner: dict[str, Any] = held if isinstance(held, dict) else {}
    source = {**part, **inner}
    detail, name = _text(source, "detail"), _text(source, "filename", "title")
    is_image = kind in _IMAGES
    address = _text(source, "url", "image_url", "file_url", "file_data")
    if address is not None:
        return _addressed(address, is_image, detail, name)
    media_type, data = _text(source, "media_type", "mime_type"), _text(source, "data", "base64")
    is_base64 = inner.get("type") == "base64" or "base64" in part
    if not is_base64 or media_type is None or data is None:
        return None
    return Media(is_image, media_type=media_type, data=data, detail=detail, name=name)


def _addressed(address: str, is_image: bool, detail: str | None, name: str | None) -> Media | None:
    head, comma, data = address.partition(",")
    if not head.startswith("data:"):
        return Media(is_image, url=address, detail=detail, name=name) if address.startswith("http") else None
    if not comma or not head.endswith(";base64"):
        return None
    media_type = head.removeprefix("data:").split(";")[0]
    return Media(is_image, media_type=media_type, data=data, detail=detail, name=name)


def _text(block: Mapping[str, Any], *keys: str) -> str | None:
    return next((block[key] for key in keys if isinstance(block.get(key), str) and block[key]), None)


def media_in(node: Node) -> Media | None:
    """Return the image or file that a node holds, or None."""
    part = json_part(node)
    return None if part is None else media_of(part)
