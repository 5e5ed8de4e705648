"""The three demo films: what is drawn, and how ffmpeg turns it into HLS and a poster. Nothing here knows the database."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

RATE = 25
SEGMENT_SECONDS = 2


@dataclass(frozen=True)
class Look:
    """How large and how long films are made. `seconds` is a ceiling: a film never runs longer than its own length."""

    width: int = 854
    height: int = 480
    seconds: int = 60


SMALL = Look(width=320, height=180, seconds=4)
"""About a second of work: for tests that only need something that plays."""


@dataclass(frozen=True)
class Film:
    """One film. `source` and `poster` are ffmpeg filters with {w} and {h} for the picture's size; `tone` is in Hz."""

    title: str
    description: str
    genres: tuple[str, ...]
    source: str
    poster: str
    poster_frame: int
    tone: int
    seconds: int


_LIGHT = (
    "gradients=size=320x180:rate=25:n=5:c0=#0b132b:c1=#ff7a59:c2=#ffd166:c3=#4d7cff:c4=#7b2cbf:speed=0.02:seed=7:type=spiral"
    ",scale={w}:{h}"
)
_SHORE = (
    "mandelbrot=size={w}x{h}:rate=25:start_scale=0.9:start_x=-0.743643887037:start_y=-0.131825904205"
    ":maxiter=160:inner=black:end_pts=750:end_scale=0.004"
)
_LIFE = (
    "life=size=192x108:rate=12:mold=20:ratio=0.3:seed=11:death_color=#12355b:life_color=#ffd166:mold_color=#0b132b"
    ",fps=25,scale={w}:{h}:flags=neighbor"
)
_LIGHT_POSTER = _LIGHT.replace("320x180", "240x360")
_LIFE_POSTER = _LIFE.replace("192x108", "90x135")

FILMS = (
    Film(
        title="光之序曲 · Overture of Light",
        description="一束光绕着自己旋转，从清晨走到深夜。\nA ray of light turns about itself, from dawn to deep night.",
        genres=("短片 · Short", "抽象 · Abstract"),
        source=_LIGHT,
        poster=_LIGHT_POSTER,
        poster_frame=90,
        tone=220,
        seconds=40,
    ),
    Film(
        title="无尽海岸 · The Endless Shore",
        description="向着一条没有长度的海岸线飞去，越近越远。\nA flight towards a shore without a length.",
        genres=("短片 · Short", "数学 · Mathematics"),
        source=_SHORE,
        poster=_SHORE,
        poster_frame=80,
        tone=262,
        seconds=30,
    ),
    Film(
        title="生命游戏 · A Game of Life",
        description="两条规则，一片海，无数的生死。\nTwo rules, one sea, and countless births and deaths.",
        genres=("短片 · Short", "数学 · Mathematics"),
        source=_LIFE,
        poster=_LIFE_POSTER,
        poster_frame=200,
        tone=196,
        seconds=32,
    ),
)


@contextmanager
def rendered(film: Film, look: Look) -> Iterator[Path]:
    """A folder with `index.m3u8`, its segments and `poster.jpg`, gone afterwards. CalledProcessError if ffmpeg fails."""
    with tempfile.TemporaryDirectory(prefix="matinee-demo-") as name:
        folder = Path(name)
        _run(folder, *_hls_arguments(film, look))
        _run(folder, *_poster_arguments(film, look))
        yield folder


def _hls_arguments(film: Film, look: Look) -> list[str]:
    seconds = min(film.seconds, look.seconds)
    sources = (film.source.format(w=look.width, h=look.height), _counter(look), f"sine=frequency={film.tone}")
    inputs = [word for source in sources for word in ("-f", "lavfi", "-i", source)]
    graph = "[0:v][1:v]overlay=W-w-W/40:W/40,format=yuv420p[v];[2:a]volume=0.06[a]"
    every = str(RATE * SEGMENT_SECONDS)
    return [
        *inputs, "-filter_complex", graph, "-map", "[v]", "-map", "[a]", "-t", str(seconds),
        "-c:v", "libx264", "-preset", "superfast", "-crf", "26", "-maxrate", "2M", "-bufsize", "4M",
        "-g", every, "-keyint_min", every, "-sc_threshold", "0",
        "-c:a", "aac", "-b:a", "64k", "-ac", "2",
        "-f", "hls", "-hls_time", str(SEGMENT_SECONDS), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4",
        "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", "seg%03d.m4s", "index.m3u8",
    ]  # fmt: skip


def _counter(look: Look) -> str:
    """The running time, cut out of ffmpeg's test picture: drawtext would want a font on the machine."""
    width = look.width // 8 * 2
    return (
        f"testsrc2=size=640x360:rate={RATE},crop=56:14:27:3,format=gray"
        f",lut=y='if(gt(val,120),235,16)',scale={width}:{width // 4}:flags=neighbor"
    )


def _poster_arguments(film: Film, look: Look) -> list[str]:
    width = look.width * 9 // 16 // 2 * 2
    source = film.poster.format(w=width, h=width * 3 // 2)
    # The pictures move slowly, so a short film's poster may be an early frame: drawing up to it is what takes the time.
    frame = min(film.poster_frame, look.seconds * RATE // 4)
    return ["-f", "lavfi", "-i", source, "-vf", f"select=gte(n\\,{frame})", "-frames:v", "1", "-q:v", "4", "poster.jpg"]


def _run(folder: Path, *arguments: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
