"""role grant, revoke and list; token; recover."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from booking.commands import DONE
from booking.commands.running import NotPossible, as_json, run, say


def grant(wish: Namespace) -> int:
    async def work(_settings: Any) -> None:
        from booking import clock, db, members
        from booking.errors import Refused

        @db.atomic
        async def both() -> None:
            if wish.name and await members.by_email(wish.email) is None:
                await members.Member.create(
                    email=wish.email.strip().lower(), name=wish.name, category="staff", created_at=clock.now()
                )
            await members.grant(
                wish.email, wish.role, _scope(wish), ends_on=wish.until, by=None, at=clock.now()
            )

        try:
            await both()
        except Refused as refusal:
            raise NotPossible(_hint(refusal)) from refusal

    run(work)
    return _told(
        wish, f"{wish.email} is {wish.role} of {wish.scope} {f'until {wish.until}' if wish.until else 'now'}."
    )


def revoke(wish: Namespace) -> int:
    async def work(_settings: Any) -> None:
        from booking import clock, members
        from booking.errors import Refused

        try:
            await members.revoke(wish.email, wish.role, _scope(wish), by=None, at=clock.now())
        except Refused as refusal:
            raise NotPossible(refusal.sentence) from refusal

    run(work)
    return _told(wish, f"{wish.email} is no longer {wish.role} of {wish.scope}.")


def listing(wish: Namespace) -> int:
    async def work(_settings: Any) -> list[dict[str, Any]]:
        from booking import clock, members

        return [
            {
                "email": role.member.email,
                "name": role.member.name,
                "role": role.kind,
                "scope": _scope_of(role),
                "ends_on": role.ends_on,
            }
            for role in await members.listed(clock.now(), email=wish.email)
        ]

    roles = run(work)
    if wish.json:
        say(as_json({"roles": roles}))
        return DONE
    for role in roles:
        until = f" until {role['ends_on']}" if role["ends_on"] else ""
        say(f"{role['email']}: {role['role']} of {role['scope']}{until}")
    if not roles:
        say("Nobody has a role.")
    return DONE


def token(wish: Namespace) -> int:
    """Make a key, list them, or take one back."""

    async def work(_settings: Any) -> list[dict[str, Any]]:
        from booking import clock, members
        from booking.errors import NotFound, Refused
        from booking.members import tokens

        at, member = clock.now(), await members.by_email(wish.email)
        if member is None:
            raise NotPossible(f"Nobody here has the e-mail address {wish.email}.")
        if wish.revoke is not None:
            try:
                await tokens.revoke(wish.revoke, by=member, at=at)
            except NotFound:
                raise NotPossible(f"{wish.email} has no key {wish.revoke}.") from None
            return [{"id": wish.revoke, "revoked": True}]
        if wish.list:
            return [_key(each) for each in await tokens.of(member, at)]
        scopes = wish.scope or ["read"]
        if unknown := set(scopes) - set(tokens.SCOPES):
            raise NotPossible(
                f"No such scope: {', '.join(sorted(unknown))}. There are {', '.join(tokens.SCOPES)}."
            )
        try:
            made, text = await tokens.make(member, name=wish.name, scopes=scopes, days=wish.days, at=at)
        except Refused as refusal:
            raise NotPossible(refusal.sentence) from refusal
        return [_key(made) | {"token": text}]

    keys = run(work)
    if wish.json:
        say(as_json({"keys": keys}))
    elif wish.revoke is not None:
        say(f"Key {wish.revoke} of {wish.email} is taken back.")
    elif wish.list:
        for key in keys:
            used = f"last used {key['used_at']:%Y-%m-%d %H:%M} UTC" if key["used_at"] else "not used yet"
            say(f"{key['id']}: {key['name']} ({key['hint']}…), {' '.join(key['scopes'])}, "
                f"until {key['expires_at']:%Y-%m-%d}, {used}")  # fmt: skip
        if not keys:
            say(f"{wish.email} has no key.")
    else:
        say(keys[0]["token"])
    return DONE


def _key(token: Any) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "hint": token.token_hint,
        "scopes": token.scopes,
        "expires_at": token.expires_at,
        "used_at": token.used_at,
    }


def recover(wish: Namespace) -> int:
    reason = wish.reason.strip()
    if not 3 <= len(reason) <= 500:
        raise NotPossible("A reason of 3 to 500 letters is needed.")

    async def work(_settings: Any) -> Any:
        from booking import clock, members

        member = await members.by_email(wish.email)
        if member is None:
            raise NotPossible(f"Nobody here has the e-mail address {wish.email}.")
        return await members.recovery.recover(member, by=None, reason=reason, at=clock.now())

    ended = run(work)
    counts = {"passkeys": ended.passkeys, "sessions": ended.sessions, "identities": ended.identities}
    if wish.json:
        say(as_json({"email": wish.email, **counts}))
    else:
        told = ", ".join(f"{number} {name}" for name, number in counts.items())
        say(f"{wish.email} can now sign in by e-mail only. Ended: {told}.")
    return DONE


def _scope(wish: Namespace) -> str:
    return "" if wish.scope == "network" else wish.scope


def _scope_of(role: Any) -> str:
    if role.venue_id:
        return f"venue:{role.venue.key}"
    return f"entity:{role.entity.key}" if role.entity_id else "network"


def _hint(refusal: Any) -> str:
    if refusal.code == "unknown_member":
        return f"{refusal.sentence} Import members first, or make this one with --name."
    return refusal.sentence


def _told(wish: Namespace, sentence: str) -> int:
    say(as_json({"email": wish.email, "role": wish.role, "scope": wish.scope}) if wish.json else sentence)
    return DONE
