"""All of Matinee's settings, read from the environment. docs/operating.md explains each variable."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.environment import DATABASE_SCHEMES, MAIL_SCHEMES, REDIS_SCHEMES, Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

# Where and for whom ---------------------------------------------------------------------------------------------------
HOST = env.text("HOST", "127.0.0.1")
PORT = env.whole("PORT", 8000, most=65_535)
DEBUG = env.flag("DEBUG", False)
HTTPS = env.flag("HTTPS", False)
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "data"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
PUBLIC_URL = env.address("PUBLIC_URL", f"http://{HOST}:{PORT}", ("http", "https")).rstrip("/")
ALLOWED_ORIGINS = env.parts("ALLOWED_ORIGINS", ["/".join(PUBLIC_URL.split("/")[:3])])
ALLOWED_HOSTS = env.parts("ALLOWED_HOSTS", [PUBLIC_URL.split("/")[2].rsplit(":", 1)[0], HOST, "localhost"])
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
MEDIA_ORIGINS = env.parts("MEDIA_ORIGINS", [])
ALLOW_GUESTS = env.flag("ALLOW_GUESTS", True)
GUEST_NAMES = env.choice("GUEST_NAMES", "any", ("any", "free"))

# Limits (0 = none) ----------------------------------------------------------------------------------------------------
LIMIT_FRAME_BYTES = env.whole("LIMIT_FRAME_BYTES", 65_536)
LIMIT_CONTENT_CHARS = env.whole("LIMIT_CONTENT_CHARS", 8_000)
LIMIT_COMMENT_CHARS = env.whole("LIMIT_COMMENT_CHARS", 4_000)
LIMIT_COMMENTS_PER_MINUTE = env.whole("LIMIT_COMMENTS_PER_MINUTE", 20)
LIMIT_MESSAGES_PER_SECOND = env.number("LIMIT_MESSAGES_PER_SECOND", 5)
LIMIT_MESSAGE_BURST = env.whole("LIMIT_MESSAGE_BURST", 20)
LIMIT_COMMANDS_PER_SECOND = env.number("LIMIT_COMMANDS_PER_SECOND", 5)
LIMIT_COMMAND_BURST = env.whole("LIMIT_COMMAND_BURST", 10)
LIMIT_SOCKETS_PER_USER = env.whole("LIMIT_SOCKETS_PER_USER", 20)
LIMIT_SOCKETS_PER_ADDRESS = env.whole("LIMIT_SOCKETS_PER_ADDRESS", 2_000)
LIMIT_CONNECTS_PER_MINUTE = env.whole("LIMIT_CONNECTS_PER_MINUTE", 1_200)
LIMIT_LOGINS_PER_MINUTE = env.whole("LIMIT_LOGINS_PER_MINUTE", 10)
LIMIT_UPLOAD_BYTES = env.whole("LIMIT_UPLOAD_BYTES", 104_857_600)
LIMIT_BODY_BYTES = env.whole("LIMIT_BODY_BYTES", 1_048_576)

# Sockets and presence -------------------------------------------------------------------------------------------------
PRESENCE_RENEW_SECONDS = env.number("PRESENCE_RENEW_SECONDS", 5)
PRESENCE_LEASE_SECONDS = env.number("PRESENCE_LEASE_SECONDS", 30)
PRESENCE_GRACE_SECONDS = env.number("PRESENCE_GRACE_SECONDS", 5)
OWNER_GRACE_SECONDS = env.number("OWNER_GRACE_SECONDS", 30)
HEAL_SECONDS = env.number("HEAL_SECONDS", 30)
DRAIN_SECONDS = env.number("DRAIN_SECONDS", 5)

# Database, layer, cache -----------------------------------------------------------------------------------------------
DATABASE_URL = env.address("DATABASE_URL", "", DATABASE_SCHEMES)
REDIS_URL = env.address("REDIS_URL", "", REDIS_SCHEMES)
REDIS_PREFIX = env.text("REDIS_PREFIX", "matinee")


def _secret_key() -> str:
    """The given one; for the embedded demo a random one kept in DATA_DIR; never a guess on an outside database."""
    given = env.text("SECRET_KEY", "")
    if given:
        return given
    if DATABASE_URL and not DATABASE_URL.startswith("sqlite"):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. A server on an outside database needs the same SECRET_KEY on every machine: "
            "set it to a long random text (for example from: python3 -c 'import secrets; print(secrets.token_urlsafe(64))')."
        )
    kept = DATA_DIR / "secret_key"
    try:
        with kept.open("x") as file:
            kept.chmod(0o600)
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return kept.read_text()


SECRET_KEY = _secret_key()


def _database() -> dict[str, Any]:
    url = DATABASE_URL or f"sqlite:///{DATA_DIR / 'matinee.sqlite3'}"
    database: dict[str, Any] = dict(environ.Env.db_url_config(url))
    if database["ENGINE"].endswith("sqlite3"):
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
        # Several threads and processes use the test database at once, which a shared in-memory one does not bear.
        database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    else:
        database["CONN_MAX_AGE"] = 0
        pool = {"min_size": 2, "max_size": env.whole("DATABASE_POOL_SIZE", 16), "timeout": 10}
        database["OPTIONS"] = {"pool": pool} if env.flag("DATABASE_POOL", True) else {}
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if REDIS_URL:
    _layer = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}], "prefix": REDIS_PREFIX},
    }
    # Two, because a layer's subscribing and publishing wait for each other: we hear on one and speak on the other.
    CHANNEL_LAYERS: dict[str, dict[str, Any]] = {"default": _layer, "sending": _layer}
    CACHES: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": REDIS_PREFIX,
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}}

# Applications ---------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "core",
    "accounts",
    "presence",
    "devices",
    "files",
    "movies",
    "comments",
    "messaging",
    "groups",
    "rooms",
    "realtime",
    "web",
    "demo",
]
MIDDLEWARE = [
    # Outermost are those that only add headers, so that the API's refusals have them too.
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.middleware.ApiMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "web.middleware.RefusedBodies",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.LiveLoginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Accounts -------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.CasefoldBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "accounts.passwords.MinimumLengthValidator",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
    )
]
ACCESS_TOKEN_HOURS = 12
REFRESH_TOKEN_DAYS = 30
PASSWORD_RESET_TIMEOUT = 3_600
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# REST -----------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.drf.BearerAuthentication", "accounts.drf.PageAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["core.drf.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.drf.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.negotiation.AlwaysJSON",
    "EXCEPTION_HANDLER": "core.drf.handle_exception",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Matinee",
    "DESCRIPTION": "Watch films together and message each other.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RoomKindEnum": "rooms.models.Room.Kind",
        "SanctionKindEnum": "rooms.models.Sanction.Kind",
        "RoomRoleEnum": "rooms.data.RANKS",
        "MembersRoleEnum": "rooms.models.RoomRole.Role",
    },
}
SIMPLE_JWT = {"SIGNING_KEY": SECRET_KEY, "ALGORITHM": "HS256"}
FILE_ACCESS_POLICIES = ["messaging.selectors.file_shared_with"]
"""Who besides its owner may read a file: functions (file, user) -> bool, of floors above `files`."""
MESSAGE_EDIT_POLICIES = ["rooms.services.posts.check_edit"]
"""What a message may not be edited into: functions (message, actor, content) that raise, of floors above `messaging`."""

# Files ----------------------------------------------------------------------------------------------------------------
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
S3_BUCKET = env.text("S3_BUCKET", "")
S3_REDIRECT = env.flag("S3_REDIRECT", False)


def _storage() -> dict[str, Any]:
    if not S3_BUCKET:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    # Loaded only where they are used: they take a third of a second.
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    addressing = {"addressing_style": env.choice("S3_ADDRESSING_STYLE", "auto", ("auto", "path", "virtual"))}
    options = {
        "bucket_name": S3_BUCKET,
        "endpoint_url": env.text("S3_ENDPOINT_URL", "") or None,
        "region_name": env.text("S3_REGION", "") or None,
        "access_key": env.text("S3_ACCESS_KEY", "") or None,
        "secret_key": env.text("S3_SECRET_KEY", "") or None,
        "client_config": Config(
            s3=addressing, signature_version="s3v4", connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3}
        ),
        # One part of 8 MiB in memory at a time, however large an upload is.
        "transfer_config": TransferConfig(use_threads=False),
        "file_overwrite": False,
        "default_acl": None,
        "querystring_expire": 300,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


STORAGES = {
    "default": _storage(),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS: list[Any] = [BASE_DIR / "static", ("clients", BASE_DIR / "clients/browser")]
for library in ("hls.js", "qrcode-generator"):
    if (BASE_DIR / "node_modules" / library / "dist").is_dir():
        STATICFILES_DIRS.append((library, BASE_DIR / "node_modules" / library / "dist"))
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = DEBUG
# config.asgi counts every body while it streams in; this is for the text beside an uploaded file, which goes into memory.
DATA_UPLOAD_MAX_MEMORY_SIZE = LIMIT_BODY_BYTES or None
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
FILE_UPLOAD_TEMP_DIR = None

# Words and time -------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.zone("TIME_ZONE", "UTC")

# Mail -----------------------------------------------------------------------------------------------------------------
EMAIL_URL = env.address("EMAIL_URL", "consolemail://", MAIL_SCHEMES)
vars().update(environ.Env.email_url_config(EMAIL_URL))
DEFAULT_FROM_EMAIL = env.text("FROM_EMAIL", "matinee@localhost")

# Browsers -------------------------------------------------------------------------------------------------------------
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
_SOCKETS = PUBLIC_URL.replace("http", "ws", 1)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "blob:", "data:", *MEDIA_ORIGINS],
        "media-src": [SELF, "blob:", *MEDIA_ORIGINS],
        "connect-src": [SELF, _SOCKETS, *MEDIA_ORIGINS],
        "worker-src": [SELF, "blob:"],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Logs -----------------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.log_level("LOG_LEVEL", "INFO")},
    "loggers": {
        # Refusals are answers, not incidents.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "django.security.RequestDataTooBig": {"level": "CRITICAL"},
        "django.security.TooManyFieldsSent": {"level": "CRITICAL"},
        "django.security.TooManyFilesSent": {"level": "CRITICAL"},
        "django.channels.server": {"level": "WARNING"},
    },
}
