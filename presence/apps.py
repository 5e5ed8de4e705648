from django.apps import AppConfig


class PresenceConfig(AppConfig):
    name = "presence"

    def ready(self) -> None:
        from accounts.services import visibility_changed
        from presence.services import settle

        visibility_changed.append(lambda user: settle(user_ids=[user.pk]))
