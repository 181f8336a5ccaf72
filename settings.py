"""Values that differ between one installation and another. Read once, at import."""

from pathlib import Path

from starlette.config import Config
from starlette.datastructures import CommaSeparatedStrings, Secret

from booking.db import connection_for

ROOT = Path(__file__).parent
# Starlette warns about a named file that is missing, and an installation may live by its environment alone.
config = Config(ROOT / ".env" if (ROOT / ".env").exists() else None)

DEBUG = config("DEBUG", cast=bool, default=False)
DEMO = config("DEMO", cast=bool, default=False)
BASE_URL = config("BASE_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = config("ALLOWED_HOSTS", cast=CommaSeparatedStrings, default="localhost,127.0.0.1,[::1]")
TRUSTED_PROXIES = config("TRUSTED_PROXIES", cast=CommaSeparatedStrings, default="127.0.0.1")
SECRET_KEY = config("SECRET_KEY", cast=Secret)
DATABASE_URL = config("DATABASE_URL", cast=Secret, default="sqlite://desk.sqlite3")
NETWORK_NAME = config("NETWORK_NAME", default="Share the desk")
PASSKEYS_REQUIRED = config("PASSKEYS_REQUIRED", cast=bool, default=True)
OIDC_ISSUER = config("OIDC_ISSUER", default="")  # empty: no such button on the sign-in page
OIDC_CLIENT_ID = config("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = config("OIDC_CLIENT_SECRET", cast=Secret, default="")
OIDC_NAME = config("OIDC_NAME", default="")
OIDC_CREATE_MEMBERS = config("OIDC_CREATE_MEMBERS", cast=bool, default=False)
MAIL_URL = config("MAIL_URL", cast=Secret, default="")  # smtp://user:password@host:587; empty: MAIL_DIR
MAIL_FROM = config("MAIL_FROM", default="Share the desk <desk@localhost>")
# entity:sk_…:whsec_…, comma separated; empty: no cards
STRIPE_KEYS = config("STRIPE_KEYS", cast=Secret, default="")
STRIPE_API = config("STRIPE_API", default="").rstrip("/")  # empty: Stripe's own address
MAIL_DIR = config("MAIL_DIR", cast=Path, default=ROOT / "mails")
BACKUP_DIR = config("BACKUP_DIR", default="")  # where the nightly backups go; empty: none are made
MAP_SOURCE = config("MAP_SOURCE", default="builtin")  # or pmtiles:FILE, or style:https://…/style.json
MAP_ATTRIBUTION = config("MAP_ATTRIBUTION", default="")  # whose data that is; empty: of the built-in map
MEDIA_DIR = config("MEDIA_DIR", cast=Path, default=ROOT / "media")

MODELS = [
    "booking.events",
    "booking.limits",
    "booking.members.models",
    "booking.places.models",
    "booking.ledger.models",
    "booking.pricing.models",
    "booking.budgets.models",
    "booking.reservations.models",
    "booking.guests.models",
    "booking.occupancy.models",
    "booking.search.models",
    "booking.payments.models",
    "booking.calendars.models",
    "booking.notifications.models",
    "booking.webhooks.models",
    "booking.api.models",
    "booking.jobs",
]
TORTOISE_ORM = {
    "connections": {"default": connection_for(str(DATABASE_URL))},
    "apps": {"booking": {"models": MODELS, "default_connection": "default", "migrations": "migrations"}},
    "use_tz": True,
    "timezone": "UTC",
}
