"""The admin's form of a film. It says beforehand what the services would refuse."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.base import File
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core import pictures
from core.errors import ApiError
from movies import services
from movies.models import Movie
from movies.services import Poster


class MovieForm(forms.ModelForm):  # type: ignore[type-arg]
    """`painted`: what `painted_upload` made of the request that this form is of."""

    painted: Poster | ApiError | None = None
    video_link = forms.URLField(label=_("Video elsewhere"), required=False, max_length=500, assume_scheme="https")
    new_poster = forms.FileField(
        label=_("New poster"), required=False, widget=forms.FileInput(attrs={"accept": pictures.ACCEPTED})
    )
    remove_poster = forms.BooleanField(label=_("Remove the poster"), required=False)

    class Meta:
        model = Movie
        fields = ["title", "description", "genres", "video_link", "duration"]

    def clean_new_poster(self) -> Poster | None:
        if isinstance(self.painted, ApiError):
            words = self.painted.errors or {"poster": [self.painted.detail]}
            raise forms.ValidationError([str(word) for found in words.values() for word in found])
        return self.painted

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.is_published and not self.instance.hls_path and not cleaned.get("video_link"):
            self.add_error("video_link", _("A film without a video cannot be published."))
        return cleaned


def painted_upload(request: HttpRequest) -> Poster | ApiError | None:
    """The poster that came along, or why it is none."""
    image = request.FILES.get("new_poster")
    if not isinstance(image, File) or not image.size:
        return None
    try:
        return services.paint_poster(image)
    except ApiError as refusal:
        return refusal
