"""The back office, made from its settings."""

from __future__ import annotations

from typing import Any

from config.sections import BackOffice as BackOfficeSettings
from tasks.orders.backoffice import BackOffice
from tasks.orders.profile_values import Profile
from tasks.orders.session import Credentials
from tasks.ports import Clock
from worker.wrong_setting import NotSet, Unusable


def open_back_office(
    settings: BackOfficeSettings, pages: Profile, clock: Clock, user_agent: str, **wire: Any
) -> BackOffice:
    """A client as the settings say; `wire` overrides how it connects. Raises NotSet, Unusable."""
    if settings.cookie is None and (settings.member_id is None or settings.password is None):
        names = "ORDERWATCH_BACKOFFICE__MEMBER_ID and …__PASSWORD (or …__COOKIE)"
        raise NotSet(names, "reading the back office")
    try:
        return BackOffice(
            pages,
            Credentials(settings.member_id, settings.password, settings.cookie),
            clock,
            user_agent=user_agent,
            base_url=settings.base_url,
            login_url=settings.login_url,
            spacing=settings.min_spacing_seconds,
            **wire,
        )
    except ValueError as error:
        raise Unusable("ORDERWATCH_BACKOFFICE__COOKIE", str(error)) from None
