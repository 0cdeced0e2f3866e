"""The back office, made from its settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.sections import BackOffice as BackOfficeSettings
from config.settings import Settings
from models.domain.values import CarrierName
from tasks.orders.backoffice import BackOffice
from tasks.orders.guard import GuardLimits
from tasks.orders.profile_values import Profile
from tasks.orders.reading import SyncOptions
from tasks.orders.redaction import known_words
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


def make_sync_options(
    settings: Settings, profile: Profile, pollable: frozenset[CarrierName], turn: timedelta
) -> SyncOptions:
    """What a sync reads, and for how long one step keeps the source to itself."""
    office = settings.backoffice
    return SyncOptions(
        months=office.months,
        owner_member_id=settings.consultant.member_id,
        pollable=pollable,
        timezone=ZoneInfo(settings.timezone),
        guard=GuardLimits(office.least_rows_share, office.most_rejected_share, office.small_list),
        words=known_words(profile),
        ledger=office.ledger,
        refused_pause=timedelta(minutes=office.refused_pause_minutes),
        turn=turn,
    )
