"""User data that travel with calls: as user-to-user information (UUI) itself, or under a key that the UUI carries."""

from collections.abc import Callable

from ivrsvr.csta.enums import UUIProtocolType
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.service.errors import Own, own, refusal
from ivrsvr.service.lookups import Found, Lookups
from ivrsvr.store.userdata import Key, UserDataError, is_cut_key, is_key

NOTHING = ATTUserToUserInfo()

TEXT = UUIProtocolType.UUI_IA5_ASCII

NOT_STORED, EMPTY = Found(), Found("")

CUT = Found(
    "",
    fault="the key was cut on its way, to the 32 octets of UUI that private data have before version 6; set "
    "ivr_custdatauuisize to 32 at the server that sends it",
    foreign=True,
)


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

    room:      octets of UUI that the link to the switch, or a site, has room for now; 0 = there is none at all.
    lookups:   None = no user-data service: `data` itself is the UUI.
    data_most: `ivr_custdatamaxsize`, in octets of UTF-8; longer data are refused, never cut.
    in_uui:    `ivr_custdatainuui`: data that fit are the UUI itself.
    """

    def __init__(
        self, lookups: Lookups | None, room: Callable[[], int], *, data_most: int = 4096, in_uui: bool = True
    ) -> None:
        self.lookups = lookups
        self.data_most = data_most
        self._room = room
        self._in_uui = in_uui

    async def attach(self, data: str) -> ATTUserToUserInfo:
        """The UUI that brings a text to the far side: the text itself where it fits, else the key it is stored under,
        as text where that fits, else as octets.

        Raises RequestError when the text is too long, or cannot be stored, or the link has no room for its key.
        """
        if not data:
            return NOTHING
        self._check_size(data)
        room = self._room()
        if not room:
            raise refusal(
                CSTAUniversalFailure.INVALID_FEATURE,
                "the link to the switch has no private data (tsapi_privatedata), so data cannot go with a call; "
                "nothing was asked of the switch",
            )
        if is_plain(data) and (self.lookups is None or (self._in_uui and _may_be_uui(data, room))):
            return ATTUserToUserInfo(TEXT, data.encode("ascii"))
        return _carried(await self._store(data), room)

    def at_hand(self, info: ATTUserToUserInfo) -> Found | None:
        """The text that a UUI brings, where nothing has to be waited for; None = `resolve` must be awaited."""
        uui = text_of(info)
        if not uui:
            return EMPTY
        if info.type is TEXT and is_cut_key(uui):
            return CUT
        found = self.lookups.at_hand(uui) if self.lookups is not None else NOT_STORED
        return None if found is None else self._brought(info, uui, found)

    async def resolve(self, info: ATTUserToUserInfo) -> Found:
        """The text that a UUI brings: what is stored under it, else the UUI itself where it is text and no key.

        Its text is never None. Never raises, and takes no longer than the time limit of look-ups.
        """
        uui = text_of(info)
        if info.type is TEXT and is_cut_key(uui):
            return CUT
        if not uui or self.lookups is None:
            return self._brought(info, uui, NOT_STORED)
        return self._brought(info, uui, await self.lookups.find(uui))

    def _brought(self, info: ATTUserToUserInfo, uui: str, found: Found) -> Found:
        if found.text is not None:
            return found
        return Found(uui if info.type is TEXT and not is_key(uui) else "", found.fault)

    async def get(self, key: str) -> str:
        """Raises RequestError when nothing is stored there, or it cannot be told."""
        found = await self._service().find(key)
        if found.text is not None:
            return found.text
        if found.fault and not found.foreign:
            raise own(Own.USERDATA_SERVICE_FAILED, found.fault)
        raise own(Own.USERDATA_NOT_FOUND, found.fault or f"no data are stored under {key[:100]}; they may have expired")

    async def set(self, data: str) -> str:
        """Keep a text, and return its key. Raises RequestError when it is too long, or cannot be stored."""
        self._check_size(data)
        return await self._store(data)

    async def update(self, key: str, data: str) -> None:
        """Raises RequestError when nothing is stored there, the text is too long, or the service fails."""
        self._check_size(data)
        lookups = self._service()
        try:
            if await lookups.update(key, data):
                return
        except UserDataError as error:
            raise own(Own.USERDATA_SERVICE_FAILED, str(error)) from None
        raise own(Own.USERDATA_NOT_FOUND, f"no data are stored under {key[:100]}; they may have expired")

    async def _store(self, data: str) -> str:
        lookups = self._service()
        try:
            return await lookups.set(data)
        except UserDataError as error:
            raise own(
                Own.USERDATA_SERVICE_FAILED,
                f"{error}; nothing was stored and nothing was asked of the switch, so the request may be repeated",
            ) from None

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

    def _service(self) -> Lookups:
        if self.lookups is None:
            raise refusal(
                CSTAUniversalFailure.INVALID_FEATURE,
                "no user-data service is configured (ivr_uuisvr), so only printable ASCII data can travel with a call",
            )
        return self.lookups


def _may_be_uui(data: str, room: int) -> bool:
    # What looks like a key would be taken for one by the far side, and something else would arrive.
    return len(data) <= room and not is_key(data) and not is_cut_key(data)


def _carried(key: str, room: int) -> ATTUserToUserInfo:
    """A key as UUI. Raises RequestError."""
    if len(key) <= room:
        return ATTUserToUserInfo(TEXT, key.encode("ascii"))
    parsed = Key.parse(key)
    if parsed is None:
        raise own(
            Own.DATA_TOO_LONG,
            f"the plug-in's key has {len(key)} octets, and UUI has room for {room} on this link (private data, "
            "ivr_custdatauuisize); nothing was asked of the switch",
        )
    return ATTUserToUserInfo(UUIProtocolType.UUI_USER_SPECIFIC, parsed.octets)


class Seeker:
    """Resolves the UUI of one event, and remembers what is still to be asked for."""

    __slots__ = ("_userdata", "fault", "wanted")

    def __init__(self, userdata: UserData) -> None:
        self._userdata = userdata
        self.wanted: ATTUserToUserInfo | None = None
        self.fault = ""

    def __call__(self, info: ATTUserToUserInfo) -> str:
        """The text that a UUI brings; "" = none, or it must be asked for first."""
        found = self._userdata.at_hand(info)
        if found is None:
            self.wanted = info
            return ""
        self.fault = found.fault
        return found.text or ""
