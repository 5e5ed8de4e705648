"""Pictures that people send: decoded warily and painted anew, so that nothing of the file stays but how it looks."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from typing import Final

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from PIL.Image import Transpose
from PIL.JpegImagePlugin import JpegImageFile

from core.errors import ApiError, Invalid, TooLarge, Unavailable

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_PIXELS: Final = 50_000_000
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
ACCEPTED: Final = "image/jpeg,image/png,image/webp,image/gif"
"""The same for a form's field."""
ENDING: Final = "webp"
CONTENT_TYPE: Final = "image/webp"
MOST_WORK: Final = 2_500_000_000
"""Pixels times scans of a JPEG: about as many nanoseconds."""
_SCAN: Final = b"\xff\xda"
_QUALITY = 85
_TURNS: Final = {
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
}  # fmt: skip
"""How to bring upright what a camera held in one of EXIF's ways."""

_decoding = threading.Lock()
"""A picture may need some hundred megabytes for a moment: one at a time, however many arrive."""
_MOST_WAIT = 20.0
"""Seconds. Behind many costly ones, somebody is rather sent away for a while than kept without end."""


def square(content: File[bytes], *, side: int, field: str) -> ContentFile[bytes]:
    """The middle of a picture as a WebP of `side` x `side` pixels. Invalid and TooLarge name `field`; Unavailable."""
    return _painted_anew(content, field, lambda image: ImageOps.fit(image, (side, side)), side)


def within(content: File[bytes], *, longest: int, field: str) -> ContentFile[bytes]:
    """A whole picture as a WebP, neither side longer than `longest` pixels. Invalid and TooLarge name `field`; Unavailable."""
    return _painted_anew(content, field, lambda image: _shrunk(image, longest), longest)


def _shrunk(image: Image.Image, longest: int) -> Image.Image:
    return ImageOps.contain(image, (longest, longest)) if max(image.size) > longest else image


def _painted_anew(
    content: File[bytes], field: str, shape: Callable[[Image.Image], Image.Image], longest: int
) -> ContentFile[bytes]:
    if content.size > MOST_BYTES:
        raise too_large(field)
    with _turn():
        try:
            content.seek(0)
            read = content.read()
            with Image.open(io.BytesIO(read), formats=FORMATS) as image:
                _check_pixels(image, field)
                _check_scans(image, read, field)
                # A JPEG can be read at a fraction of its size.
                image.draft("RGB", (2 * longest, 2 * longest))
                return _written(shape(_coloured(image)))
        except ApiError:
            raise
        except Image.DecompressionBombError as error:
            raise _too_many_pixels(field) from error
        except UnidentifiedImageError as error:
            raise Invalid.field(field, _("A picture is a JPEG, PNG, WebP or GIF file.")) from error
        except Exception as error:
            # Decoders fail in many ways at what somebody prepared for them. All of them mean the same.
            raise Invalid.field(field, _("This picture is damaged and cannot be read.")) from error


def too_large(field: str) -> TooLarge:
    words = _("A picture may have at most 10 MB.")
    return TooLarge(words, errors={field: [words]})


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    if not _decoding.acquire(timeout=_MOST_WAIT):
        raise Unavailable(retry_after=_MOST_WAIT)
    try:
        yield
    finally:
        _decoding.release()


def _check_pixels(image: Image.Image, field: str) -> None:
    """By what the file says of itself: nothing has been decoded yet."""
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels(field)


def _check_scans(image: Image.Image, read: bytes, field: str) -> None:
    """A JPEG may go over all of its pixels again for every hundred bytes of the file, and ten megabytes of that take hours.

    Cameras and programs need some ten scans. What only looks like the mark of one, in data that hangs on, makes a few more.
    """
    if isinstance(image, JpegImageFile) and image.width * image.height * read.count(_SCAN) > MOST_WORK:
        raise Invalid.field(field, _("Reading this picture would take too long: save it in another way."))


def _too_many_pixels(field: str) -> Invalid:
    return Invalid.field(field, _("This picture has too many pixels: at most 50 million."))


def _coloured(image: Image.Image) -> Image.Image:
    """Decoded (of several pictures the first), in colours that can be mixed."""
    image.load()
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _written(image: Image.Image) -> ContentFile[bytes]:
    """Upright, on a white canvas that knows nothing of the file it came from."""
    turn = _TURNS.get(_orientation(image))
    upright = image if turn is None else image.transpose(turn)
    canvas = Image.new("RGB", upright.size, "white")
    canvas.paste(upright, mask=upright.getchannel("A") if upright.mode == "RGBA" else None)
    out = io.BytesIO()
    canvas.save(out, "WEBP", quality=_QUALITY)
    return ContentFile(out.getvalue())


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:
        # What a camera noted wrongly makes its picture no worse.
        return 1
