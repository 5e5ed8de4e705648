"""Films for tests: made by the services, as staff would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from movies import services
from movies.models import Movie
from tests.pictures import picture

PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:7\n#EXTINF:2,\nseg0.m4s\n#EXT-X-ENDLIST\n"
SEGMENT = bytes(range(256)) * 8
JPEG = picture("JPEG", (40, 60))


def make_film(title: str = "Rain", *, published: bool = True, **words: Any) -> Movie:
    """A film whose video is elsewhere."""
    words.setdefault("video_link", "https://films.example/rain.m3u8")
    movie = services.create_movie(actor=None, title=title, **words)
    return services.publish(actor=None, movie=movie) if published else movie


def hls_files(folder: Path, *, segment: bytes = SEGMENT) -> dict[str, Path]:
    """A playlist, its init part and one segment on disk."""
    written = {"index.m3u8": PLAYLIST, "init.mp4": b"init", "seg0.m4s": segment}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in written.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in written}


def make_hls_film(folder: Path, title: str = "Snow", *, published: bool = True) -> Movie:
    """A film with a video of our own."""
    movie = make_film(title, published=False, video_link="")
    movie = services.attach_hls(actor=None, movie=movie, files=hls_files(folder), duration=2.0)
    return services.publish(actor=None, movie=movie) if published else movie
