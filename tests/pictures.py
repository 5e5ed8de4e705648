"""Real pictures for tests, painted on the spot."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

RED, BLUE = (220, 20, 20), (20, 20, 220)
Colour = tuple[int, ...]


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 40), colour: Colour = RED, mode: str = "RGB", **how: Any) -> bytes:
    """A plain picture of that format."""
    return encoded(Image.new(mode, size, colour), kind, **how)


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def sent(content: bytes, name: str = "me.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def looked_at(content: bytes) -> Image.Image:
    """What a browser would show."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def is_about(pixel: Any, colour: Colour) -> bool:
    """Encoding loses a little."""
    return all(abs(one - other) < 25 for one, other in zip(pixel, colour, strict=True))
