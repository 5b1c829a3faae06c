"""Deliveries to webhooks, as the settings say."""

import ssl
from functools import cache
from typing import cast

import httpx
from sqlite_utils import Database

from ivrsvr.assembly.settings import Settings
from ivrsvr.clock import Clock
from ivrsvr.interfaces.webhooks.delivery import Webhooks
from ivrsvr.interfaces.webhooks.sending import Policy, Sender
from ivrsvr.service.service import Service
from ivrsvr.store.database import MEMORY
from ivrsvr.store.secrets import Secrets
from ivrsvr.store.webhooks import WebhookStore


def build_webhooks(settings: Settings, clock: Clock, database: Database, service: Service) -> Webhooks:
    """The targets of a server, not started yet. Their secrets are encrypted where the database is a file."""
    limits = httpx.Limits(max_connections=200)
    client = httpx.AsyncClient(timeout=None, trust_env=False, verify=_authorities(), limits=limits)
    sender = Sender(client, cast(Policy, settings.webhook_targets), settings.webhook_timeout, settings.tls_only)
    if settings.db == MEMORY:
        return Webhooks(service, clock, WebhookStore(database), sender)
    secrets = Secrets.of(settings.db, settings.keyfile)
    return Webhooks(service, clock, WebhookStore(database), sender, hide=secrets.hide, reveal=secrets.reveal)


@cache
def _authorities() -> ssl.SSLContext:
    """Who vouches for targets, read once in a process: it takes longer than everything else here."""
    return httpx.create_ssl_context(trust_env=False)
