"""A film, a party and words such as nobody should put in, put in."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.rig.servers import Server

TALL = "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034d"
"""One letter with many marks over and under it."""
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
COMMENTS = (
    "x" * 4_000,
    "<script>alert(3)</script>\n<img src=x onerror=alert(4)>",
    "\u202eturned\u202c \u0627\u0644\u0633\u0644\u0627\u0645 \u05e9\u05dc\u05d5\u05dd",
    TALL * 50,
    FAMILY * 200,
)
_WORDS = {
    "title": f"<script>alert(1)</script> \u0645\u0631\u062d\u0628\u0627 {FAMILY} {TALL}{'W' * 120}",
    "description": "<img src=x onerror=alert(2)>" + "\u957f" * 4_000,
    "genre": "<script>" + "W" * 42,
    "party": "<script>alert(5)</script>" + "\u6d3e" * 70,
    "comments": COMMENTS,
}
_MAKE = """
import json
from datetime import UTC, datetime
from accounts import resets
from accounts.services import register
from comments.services import post_comment
from movies.models import Genre, Movie
from movies.services import create_movie, publish
from rooms.services import open_party

words = json.loads(%r)
genre = Genre.objects.create(name=words["genre"], slug="odd")

def film(**video):
    made = create_movie(actor=None, title=words["title"], description=words["description"], genres=[genre])
    Movie.objects.filter(pk=made.pk).update(published_at=datetime(2000, 1, 1, tzinfo=UTC), **video)
    return publish(actor=None, movie=made).pk

lost = film(hls_path="films/lost/index.m3u8")
elsewhere = film(video_link="http://127.0.0.1:1/none.mp4")
person = register(username="W" * 32, email="w@example.com", password="correct horse battery")
for content in words["comments"]:
    post_comment(actor=person, movie_id=lost, content=content, movie_time=359_999)
party = open_party(actor=person, movie_id=lost, name=words["party"], password="sesame")
print(json.dumps({"lost": lost, "elsewhere": elsewhere, "party": party.room_id, "reset": resets._link(person)}))
"""


@dataclass(frozen=True)
class Odd:
    """Two films without a poster, older than all others: the video of `lost` is not there, that of `elsewhere` nobody serves.

    `party` is a room with a password, and `reset` the address of somebody's new password."""

    lost: int
    elsewhere: int
    party: str
    reset: str


def made(server: Server) -> Odd:
    return Odd(**json.loads(server.shell(_MAKE % json.dumps(_WORDS))))
