"""User data that travel with calls: as user-to-user information (UUI) itself, or under a key that the UUI carries."""

from typing import Protocol

from ivrsvr.csta.enums import UUIProtocolType
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.service.errors import Own, own, refusal
from ivrsvr.store.userdata import is_key

UUI_MOST = 96
"""Octets of UUI from private data version 6 on."""

NOTHING = ATTUserToUserInfo()

TEXT = UUIProtocolType.UUI_IA5_ASCII


class Store(Protocol):
    """Where texts are kept: the embedded store, or a site's own class."""

    def get(self, key: str) -> str | None:
        """The text under a key; None = there is none, or the text is no key."""
        ...

    def set(self, data: str) -> str:
        """Keep a text, and return its key."""
        ...

    def update(self, key: str, data: str) -> bool:
        """Replace a text. False = there is none under that key."""
        ...


def text_of(info: ATTUserToUserInfo) -> str:
    """UUI as JSON shows it: text where its protocol is IA5, upper-case hexadecimal digits otherwise; "" = none."""
    if info.type is TEXT:
        return info.data.decode("latin-1")
    return "" if info.type is UUIProtocolType.UUI_NONE else info.data.hex().upper()


def is_plain(data: str) -> bool:
    """Whether a text can be sent as IA5 as it is."""
    return data.isascii() and data.isprintable()


class UserData:
    """The rules between `data`, UUI and the store.

    store:     None = no user-data service: `data` itself is the UUI.
    data_most: `ivr_custdatamaxsize`, in octets of UTF-8; longer data are refused, never cut.
    """

    def __init__(self, store: Store | None, *, data_most: int = 4096, uui_most: int = UUI_MOST) -> None:
        self.store = store
        self.data_most = data_most
        self._uui_most = uui_most

    def attach(self, data: str) -> ATTUserToUserInfo:
        """The UUI that brings a text to the far side: the text itself where it fits, else the key it is stored under.

        Raises RequestError when the text is too long, or cannot be sent without a store.
        """
        if not data:
            return NOTHING
        self._check_size(data)
        if is_plain(data) and (len(data) <= self._uui_most or self.store is None):
            return ATTUserToUserInfo(TEXT, data.encode("ascii"))
        return ATTUserToUserInfo(TEXT, self._service().set(data).encode("ascii"))

    def resolve(self, info: ATTUserToUserInfo) -> str:
        """The text that a UUI brings: what is stored under it, else the UUI itself where it is text and no key."""
        uui = text_of(info)
        if not uui:
            return ""
        found = self.store.get(uui) if self.store is not None else None
        if found is not None:
            return found
        return uui if info.type is TEXT and not is_key(uui) else ""

    def get(self, key: str) -> str:
        """Raises RequestError when nothing is stored there."""
        found = self._service().get(key)
        if found is None:
            raise own(Own.USERDATA_NOT_FOUND, f"no data are stored under {key}; they may have expired")
        return found

    def set(self, data: str) -> str:
        """Keep a text, and return its key. Raises RequestError when it is too long."""
        self._check_size(data)
        return self._service().set(data)

    def update(self, key: str, data: str) -> None:
        """Raises RequestError when nothing is stored there, or the text is too long."""
        self._check_size(data)
        if not self._service().update(key, data):
            raise own(Own.USERDATA_NOT_FOUND, f"no data are stored under {key}; they may have expired")

    def _check_size(self, data: str) -> None:
        try:
            size = len(data.encode())
        except UnicodeEncodeError:
            raise refusal(CSTAUniversalFailure.VALUE_OUT_OF_RANGE, "the data hold half a character") from None
        if size > self.data_most:
            raise own(
                Own.DATA_TOO_LONG,
                f"the data are {size} octets long and ivr_custdatamaxsize is {self.data_most}; send less, or raise it",
            )

    def _service(self) -> Store:
        if self.store is None:
            raise refusal(
                CSTAUniversalFailure.INVALID_FEATURE,
                "no user-data service is configured (ivr_uuisvr), so only printable ASCII data can travel with a call",
            )
        return self.store
