"""People: who they are, how they sign in, which roles and skills they have.

It knows members, sessions, the ways to sign in (mail, passkey, another service by OpenID Connect), recovery, keys for
programs, roles and skills. It refuses to know how mail is sent, what a cookie is, or what anybody books. Tokens are
kept as SHA-256 only; a role ends by itself; suspending a member ends everything.
"""

from booking.members import mails, oidc, passkeys, people, recovery, roles, sessions, sign_in, tokens
from booking.members.models import (
    CATEGORIES,
    ROLES,
    ApiToken,
    Challenge,
    Identity,
    Member,
    MemberSkill,
    OidcRequest,
    Passkey,
    Role,
    Session,
    SignIn,
    Skill,
)
from booking.members.people import (
    FIND_LETTERS_MIN,
    address_receipts,
    by_email,
    describe,
    find,
    for_demo,
    get,
    skills_of,
    speak,
    suspend,
    unsuspend,
)
from booking.members.roles import Roles, active, grant, listed, revoke

__all__ = [
    "CATEGORIES",
    "FIND_LETTERS_MIN",
    "ROLES",
    "ApiToken",
    "Challenge",
    "Identity",
    "Member",
    "MemberSkill",
    "OidcRequest",
    "Passkey",
    "Role",
    "Roles",
    "Session",
    "SignIn",
    "Skill",
    "active",
    "address_receipts",
    "by_email",
    "describe",
    "find",
    "for_demo",
    "get",
    "grant",
    "listed",
    "mails",
    "oidc",
    "passkeys",
    "people",
    "recovery",
    "revoke",
    "roles",
    "sessions",
    "sign_in",
    "skills_of",
    "speak",
    "suspend",
    "tokens",
    "unsuspend",
]
