"""Images, whichever dialect they are written in, as one of the forms that the renderers know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES = {"image", "image_url", "input_image", "media", "file", "blob", "uri", "image-data", "image-url", "binary"}
_DATA = ("data", "base64", "content", "image", "bytes")
_MEDIA = ("mime_type", "mimeType", "media_type", "mediaType")


def image_of(block: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return an image's block as Anthropic or OpenAI write it, or None where the block is no image.

    Example:
        >>> image_of({"inlineData": {"mimeType": "image/png", "data": "AA=="}})
        {'type': 'image_url', 'image_url': {'url': 'data:image/png;base64,AA=='}}
    """
    for key in ("inlineData", "inline_data"):
        if isinstance(block.get(key), dict):
            return image_of({"type": "blob", **block[key]})
    kind = str(block.get("type") or "")
    if kind not in _TYPES:
        return None
    if "image_url" in block or isinstance(block.get("source"), dict):
        return dict(block) if kind.startswith(("image", "input_image")) else None
    url, media = _url(block), str(next((block[key] for key in _MEDIA if block.get(key)), ""))
    is_image = kind.startswith("image") or media.startswith("image/") or str(url).startswith("data:image/")
    if url is None or not is_image:
        return None
    if not url.startswith(("data:", "http:", "https:")):
        url = f"data:{media or 'image/png'};base64,{url}"
    return {"type": "image_url", "image_url": {"url": url}}


def _url(block: Mapping[str, Any]) -> str | None:
    for key in ("url", "uri", "file_uri", "fileUri", *_DATA):
        value = block.get(key)
        if isinstance(value, dict):
            value = value.get("url")
        if isinstance(value, str) and value:
            return value
    return None
