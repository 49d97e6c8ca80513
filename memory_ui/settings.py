"""All settings, from typed environment variables. README.md lists every variable; a test keeps that table true."""

import base64
import contextlib
import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from memory_ui import embedded_postgres, environment, servers, signing_key, timetable

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = environment.folder("DATA_DIR", BASE_DIR / ".data")

# Web


def _kept_secret(name: str, make: Callable[[], str]) -> str:
    """A secret that nobody set: made once and kept beside the data, in a file of that name."""
    # One machine, one data folder: a key made once and kept beside the data keeps people signed in over restarts.
    path = DATA_DIR / name.lower()
    try:
        return path.read_text()
    except FileNotFoundError:
        try:
            DATA_DIR.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(make())
            # Several processes may start at once: the first whole key wins, and nobody reads half of one.
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(draft)
            draft.unlink()
        except OSError as error:
            raise environment.BadEnvironment(
                f"{name} is not set and none can be kept in {DATA_DIR}: {error.strerror}. "
                f"Set {name}, or DATA_DIR to a writable folder."
            ) from error
        return path.read_text()


DEBUG = False
SECRET_KEY = environment.text("SECRET_KEY") or _kept_secret("SECRET_KEY", partial(secrets.token_urlsafe, 50))
PUBLIC_URL = environment.text("PUBLIC_URL", "").rstrip("/")
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
HTTPS = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "memory_ui_session"
CSRF_COOKIE_NAME = "memory_ui_csrf"
CSRF_FAILURE_VIEW = "accounts.access.csrf_failed"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

ROOT_URLCONF = "memory_ui.urls"
WSGI_APPLICATION = "memory_ui.wsgi.application"
APPEND_SLASH = True

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_htmx",
    "memory_ui",
    "accounts",
    "engine",
    "audit",
    "subjects",
    "schemas",
    "privacy",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "memory_ui.csp.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "memory_ui.compression.Compression",  # outside of whatever reads or changes an answer, inside of the static files
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "memory_ui.zone.ReadersZone",
    "schemas.following.CatchUp",
    "subjects.letta.PagePatience",
    "subjects.refusal.FrozenRefusal",
    "audit.current.RequestId",
    "audit.asking.AskWhy",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "memory_ui.rendering.Pages",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "environment": "memory_ui.rendering.environment",
            "context_processors": ["memory_ui.page.context"],
        },
    },
    # allauth's own e-mails.
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
]

FORM_RENDERER = "memory_ui.rendering.Widgets"

STATIC_URL = "static/"
STATIC_ROOT = environment.folder("STATIC_ROOT", BASE_DIR / ".static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.sign_in.SignInBackend"]
SESSION_ENGINE = "accounts.sessions"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.sign_in.SignInAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.sign_in.SignInForm",
    "reauthenticate": "accounts.sign_in.ReauthenticateForm",
    "change_password": "accounts.sign_in.ChangePasswordForm",
    "reset_password": "accounts.sign_in.ResetPasswordForm",
    "reset_password_from_key": "accounts.sign_in.ResetPasswordKeyForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False

# E-mail: invitations and new passwords

EMAIL_URL = environment.text("EMAIL_URL", "")
EMAIL_IS_SET_UP = bool(EMAIL_URL)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_IS_SET_UP else 'console'}.EmailBackend"
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = environment.text("EMAIL_FROM", "memory@localhost")
if EMAIL_IS_SET_UP:
    _mail = servers.mail(EMAIL_URL)
    EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.host, _mail.port, _mail.user, _mail.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.starttls, _mail.tls
    if not environment.text("EMAIL_FROM"):
        raise environment.BadEnvironment(
            "EMAIL_URL is set and EMAIL_FROM is not: the sender's address, for example EMAIL_FROM=memory@example.com."
        )

# Time and words

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# Postgres

DATABASES = {"default": servers.database(environment.text("DATABASE_URL", embedded_postgres.url(DATA_DIR)))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Celery: the database is the truth, the broker only a wake-up call

CELERY_BROKER_URL = environment.text("CELERY_BROKER_URL", "filesystem://")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
if CELERY_BROKER_URL == "filesystem://":
    _broker_folder = DATA_DIR / "broker"
    for _name in ("messages", "control"):
        (_broker_folder / _name).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker_folder / "messages"),
        "data_folder_out": str(_broker_folder / "messages"),
        "control_folder": str(_broker_folder / "control"),
        "polling_interval": 0.05,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_TIMER_PRECISION = 0.1
CELERY_TASK_ROUTES = {"engine.tasks.*": {"queue": "engine"}}
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = timetable.TIMETABLE

# Letta, or the engine when nothing is configured

LETTA_BASE_URL = environment.text("LETTA_BASE_URL", "").rstrip("/")
LETTA_API_KEY = environment.text("LETTA_API_KEY", "")
LETTA_IS_ENGINE = not (LETTA_BASE_URL or LETTA_API_KEY)
LETTA_TRANSPORT = "engine.transport.EngineTransport" if LETTA_IS_ENGINE else ""
LETTA_MODEL = environment.text("LETTA_MODEL", "openai/gpt-4.1")
LETTA_EMBEDDING = environment.text("LETTA_EMBEDDING", "openai/text-embedding-3-small")
LETTA_IS_CLOUD = bool(LETTA_API_KEY) and LETTA_BASE_URL in ("", "https://api.letta.com")
LETTA_AGENT_URL = environment.text("LETTA_AGENT_URL", "https://app.letta.com/agents/{id}" if LETTA_IS_CLOUD else "")
if LETTA_AGENT_URL and not (LETTA_AGENT_URL.startswith(("https://", "http://")) and "{id}" in LETTA_AGENT_URL):
    raise environment.BadEnvironment(
        "LETTA_AGENT_URL must be an address with {id} in it, for example LETTA_AGENT_URL=https://app.letta.com/agents/{id}."
    )
LETTA_DATABASE_URL = environment.text("LETTA_DATABASE_URL", "")
if LETTA_DATABASE_URL and not LETTA_DATABASE_URL.startswith(("postgresql://", "postgres://")):
    raise environment.BadEnvironment(
        "LETTA_DATABASE_URL must name the Postgres database of your Letta server, "
        "for example LETTA_DATABASE_URL=postgresql://user:password@host:5432/letta."
    )

ENGINE_API_KEY = environment.text("ENGINE_API_KEY", "")
ENGINE_LLM_BASE_URL = environment.text("ENGINE_LLM_BASE_URL", "")
ENGINE_LLM_API_KEY = environment.text("ENGINE_LLM_API_KEY", "")
ENGINE_LLM_MODEL = environment.text("ENGINE_LLM_MODEL", "gpt-4.1")
ENGINE_LLM_TIMEOUT = environment.integer("ENGINE_LLM_TIMEOUT", 60, minimum=1, maximum=600)
ENGINE_EMBEDDING_BASE_URL = environment.text("ENGINE_EMBEDDING_BASE_URL", "")
ENGINE_EMBEDDING_API_KEY = environment.text("ENGINE_EMBEDDING_API_KEY", "")
ENGINE_EMBEDDING_MODEL = environment.text("ENGINE_EMBEDDING_MODEL", "text-embedding-3-small")

# Privacy

LEDGER_KEY = environment.text("LEDGER_KEY", SECRET_KEY)
LEDGER_FILE = environment.folder("LEDGER_FILE", DATA_DIR / "ledger.jsonl")
ERASED_AGAIN = environment.boolean("ERASED_AGAIN", False)
RECEIPT_SIGNING_KEY = environment.text("RECEIPT_SIGNING_KEY") or _kept_secret(
    "RECEIPT_SIGNING_KEY", lambda: base64.b64encode(secrets.token_bytes(32)).decode()
)
try:
    signing_key.checked(RECEIPT_SIGNING_KEY)
except signing_key.BadKey as _error:
    raise environment.BadEnvironment(f"RECEIPT_SIGNING_KEY cannot be used: {_error}.") from None
ERASURE_NEEDS_APPROVAL = environment.boolean("ERASURE_NEEDS_APPROVAL", True)

# Audit

AUDIT_ASK_WHY = environment.boolean("AUDIT_ASK_WHY", False)

# Demo

DEMO_PASSWORD = environment.text("DEMO_PASSWORD", "")

# Logs: what happened to which id, never what was said

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"without-secrets": {"()": "memory_ui.logs.WithoutSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without-secrets"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        **{
            name: {"level": "INFO"}
            for name in ("memory_ui", "engine", "accounts", "audit", "subjects", "schemas", "privacy")
        },
        # The filesystem broker has no host name, and says so every time it is opened.
        "kombu.connection": {"level": "ERROR"},
    },
}
