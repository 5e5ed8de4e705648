"""The words that scripts say. Pages hand them over as JSON, already in the reader's language; {braces} are filled in there."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

FILM = {
    "log_in_again": _("Log in again"),
    "not_reached": _("The server did not answer. What you wrote is still here."),
    "signed_out_kept": _("You have been logged out. What you wrote is kept."),
}

ROOM = {
    "alone": _("You are watching on your own."),
    "catching_up": _("Catching up…"),
    "connecting": _("Connecting…"),
    "deleted": _("This message was deleted."),
    "go_to": _("Go to {time}"),
    "guest": _("guest"),
    "guest_name": _("Guest {number}"),
    "host": _("host"),
    "host_is": _("{name} is the host."),
    "in_sync": _("In sync"),
    "host_over": _("The film is over. When you play it again, it begins again for everyone."),
    "join": _("Join the film"),
    "join_hint": _("The others are watching already."),
    "loading": _("Loading…"),
    "log_in_again": _("Log in again"),
    "lost": _("Connection lost. Trying again; what you write is sent then."),
    "new_messages": _("{count} new"),
    "no_history": _("What was said before could not be read."),
    "no_host": _("There is no host yet."),
    "not_allowed": _("You cannot be in this room."),
    "not_here": _("You are not in this room."),
    "not_sent": _("Not sent: {reason}"),
    "not_started": _("Waiting for the host to start the film."),
    "offline": _("You are offline. What you write is sent when you are back."),
    "out_of_sync": _("Your player cannot keep up."),
    "over": _("The film is over."),
    "paused": _("Paused"),
    "people": _("{count} here"),
    "signed_out": _("You have been logged out."),
    "silent": _("No answer from the server. What you write is sent once it answers."),
    "start": _("Start the film"),
    "start_hint": _("You are the host: everyone in the room sees what you see."),
    "try_again": _("Try again"),
    "unknown": _("unknown"),
    "waiting": _("waiting to be sent"),
    "waiting_for": _("Waiting for {names}…"),
    "you_are_host": _("You are the host. The others follow your player."),
}
