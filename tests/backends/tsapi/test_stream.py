"""The conversation, end to end without a network: open, requests, heartbeats, privileges, failures, close."""

import ipaddress
import random

import pytest

from ivrsvr.backends.tsapi.stream.client_end import STEP_S, ClientEnd, Login, Phase
from ivrsvr.backends.tsapi.stream.credentials import ChallengeForm
from ivrsvr.backends.tsapi.stream.events import (
    Asked,
    CloseAsked,
    Confirmed,
    Ended,
    Failed,
    Ignored,
    NamesAsked,
    OpenAsked,
    Opened,
    Reported,
)
from ivrsvr.backends.tsapi.stream.name_query import NameQuery
from ivrsvr.backends.tsapi.stream.server_end import HANDSHAKE_S, ServerEnd, Ways, common_api
from ivrsvr.backends.tsapi.wire.codec import encode
from ivrsvr.backends.tsapi.wire.frame import Frame, FrameReader, encode_frame
from ivrsvr.backends.tsapi.wire.names import encode_address
from ivrsvr.backends.tsapi.wire.private import PrivateBlock, decode_block, encode_block, offer_text
from ivrsvr.csta.acs import (
    ACSClientHeartbeat,
    ACSOpenStreamConf,
    ACSRequestPrivileges,
    ACSRequestPrivilegesConf,
    ACSSetHeartbeatInterval,
    ACSSetHeartbeatIntervalConf,
    ACSSetPrivileges,
    ACSSetPrivilegesConf,
)
from ivrsvr.csta.call import HoldCall, HoldCallConf, MakeCall, MakeCallConf
from ivrsvr.csta.enums import AgentMode, ATTWorkMode, CSTAEventCause, LocalConnectionState, StreamType
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.events import Retrieved
from ivrsvr.csta.pdu import EventClass, declaration_of
from ivrsvr.csta.private.call import ATTMakeCall, ATTMakeCallConf, ATTMakeCallV6
from ivrsvr.csta.private.query import ATTQueryTod, ATTSetAgentState, ATTSetAgentStateV5, ATTSetAgentStateV6
from ivrsvr.csta.query import SetAgentState
from ivrsvr.csta.system import EscapeSvc, SendPrivate, UniversalFailureConf
from ivrsvr.csta.types import ConnectionID, provided
from tests.backends.tsapi.pair import KEY, TLINK, Pair

HOLD = HoldCall(activeCall=ConnectionID(7, "101"), reservation=False)


def login(**changes: object) -> Login:
    values: dict[str, object] = {"tlink": TLINK, "login": "cti", "password": "Passw0rd", "heartbeat_s": None}
    return Login(**{**values, **changes})  # type: ignore[arg-type]


def opened(**changes: object) -> Pair:
    pair = Pair(**changes)  # type: ignore[arg-type]
    pair.open()
    assert isinstance(pair.told[0], Opened)
    pair.told.clear()
    pair.asked.clear()
    return pair


def frames_of(octets: bytes) -> list[Frame]:
    reader = FrameReader()
    reader.feed(octets)
    frames = []
    while (frame := reader.next()) is not None:
        frames.append(frame)
    return frames


class TestOpen:
    @pytest.mark.parametrize("form", ChallengeForm)
    @pytest.mark.parametrize("chop", [1, 7, 1 << 20])
    def test_every_form_of_the_challenge(self, form: ChallengeForm, chop: int) -> None:
        pair = Pair(form=form, chop=chop)
        pair.open()
        assert pair.told == [Opened(10, ("ST2", "AES10.1", "AES10.1", "G3PD10.1"))]
        [asked] = pair.asked
        assert isinstance(asked, OpenAsked)
        assert (asked.serverID, asked.credentials.loginID, asked.applicationName) == (TLINK, "cti", "ivrsvr")
        assert asked.credentials.password == ("Passw0rd" if form is ChallengeForm.AUTH_REPLY_TWO else None)

    @pytest.mark.parametrize("form", ChallengeForm)
    def test_a_wrong_password_is_told_on_the_open(self, form: ChallengeForm) -> None:
        pair = Pair(login=login(password="passwOrd"), form=form)
        pair.open()
        [ended] = pair.told
        assert isinstance(ended, Ended)
        assert ended.failure is not None
        assert ended.failure.error is ACSUniversalFailure.TSERVER_BAD_PASSWORD_OR_LOGIN

    def test_a_refused_client_may_try_again_on_its_connection(self) -> None:
        pair = Pair(login=login(password="wrong"))
        pair.open()
        pair.client = ClientEnd(login())
        pair.told.clear()
        pair.open()
        assert isinstance(pair.told[0], Opened)

    @pytest.mark.parametrize(
        ("offered", "highest", "granted"),
        [
            ((2, 10), 10, 10),
            ((2, 10), 8, 8),
            ((4, 7), 10, 7),
            ((8, 10), 7, None),
            (None, 10, None),
            ((11, 12), 10, None),
        ],
    )
    def test_private_data_version(self, offered: tuple[int, int] | None, highest: int, granted: int | None) -> None:
        pair = Pair(login=login(versions=offered), highest=highest)
        pair.open()
        assert pair.told[0] == Opened(granted, ("ST2", "AES10.1", "AES10.1", "G3PD10.1"))

    def test_the_grant_is_ecs_and_its_digits_between_zero_octets(self) -> None:
        server = ServerEnd(Ways(key=KEY), now=0)
        client = ClientEnd(login())
        client.open(0)
        list(server.receive(client.data_to_send()))
        client.receive(server.data_to_send(), 0)
        [asked] = server.receive(client.data_to_send())
        assert isinstance(asked, OpenAsked)
        assert asked.offer == "ECS#2-10#AT&T Definity G3#2-10"
        server.accept(10)
        [frame] = frames_of(server.data_to_send())
        assert decode_block(frame.private) == PrivateBlock("ECS", b"\x0010\x00")

    @pytest.mark.parametrize(
        ("offer", "text"),
        [
            (b"\0\0", ""),
            (b"\0ECS#2-7\0", "ECS#2-7"),
            (b"\0ECS#4-10#AT&T Definity G3#4-10\0", "ECS#4-10#AT&T Definity G3#4-10"),
            (b"#ECS#7#", "ECS#7"),
            (b"", ""),
            (b"\0####\0", ""),
            (b"\xff" * 5000, "\xff" * 1024),
        ],
    )
    def test_offers(self, offer: bytes, text: str) -> None:
        assert offer_text(offer) == text

    @pytest.mark.parametrize(
        ("offer", "version"),
        [("TS1:2", 2), ("TS1-2", 2), ("TS1", 1), ("TS2", 2), ("TS3-4", None), ("", 2), ("nonsense", None)],
    )
    def test_api_version(self, offer: str, version: int | None) -> None:
        assert common_api(offer, range(1, 3)) == version

    def test_no_common_api_version_is_refused(self) -> None:
        pair = Pair(login=login(apiVer="TS3-4"))
        pair.open()
        [ended] = pair.told
        assert isinstance(ended, Ended)
        assert ended.failure is not None
        assert ended.failure.error is ACSUniversalFailure.TSERVER_NO_VERSION

    def test_a_wrong_stream_type_is_refused(self) -> None:
        pair = Pair(login=login(stream_type=StreamType.ST_OAM))
        pair.open()
        [ended] = pair.told
        assert isinstance(ended, Ended)
        assert ended.failure is not None
        assert ended.failure.error is ACSUniversalFailure.TSERVER_BAD_STREAM_TYPE

    def test_a_silent_server_is_given_up_after_ten_seconds(self) -> None:
        client = ClientEnd(login())
        client.open(0)
        assert client.deadline == STEP_S == 10
        assert client.expire(9.9) == []
        [ended] = client.expire(10)
        assert isinstance(ended, Ended)
        assert client.phase is Phase.ENDED

    def test_a_silent_client_is_given_up_by_the_server(self) -> None:
        server = ServerEnd(Ways(key=KEY), now=0)
        assert server.expire(HANDSHAKE_S - 0.1) == []
        [ended] = server.expire(HANDSHAKE_S)
        assert ended == Ended("no open stream within 30 s", reset=True)

    def test_a_second_open_is_refused_and_the_first_stays(self) -> None:
        pair = opened()
        other = ClientEnd(login())
        other.open(0)
        list(pair.server.receive(other.data_to_send()))
        other.receive(pair.server.data_to_send(), 0)
        list(pair.server.receive(other.data_to_send()))
        [ended] = other.receive(pair.server.data_to_send(), 0)
        assert isinstance(ended, Ended)
        assert ended.failure is not None
        assert ended.failure.error is ACSUniversalFailure.DRIVER_DUPLICATE_ACSHANDLE
        pair.ask(HOLD)
        assert isinstance(pair.asked[-1], Asked)


class TestRequests:
    def test_confirmation_failure_and_event_keep_their_order(self) -> None:
        pair = opened()
        one, two = pair.ask(HOLD), pair.ask(HOLD)
        assert [one, two] == [event.invokeID for event in pair.asked if isinstance(event, Asked)]
        event = Retrieved(
            retrievedConnection=ConnectionID(7, "101"),
            retrievingDevice=provided("101"),
            localConnectionInfo=LocalConnectionState.CS_CONNECT,
            cause=CSTAEventCause.EC_NONE,
        )
        failure = UniversalFailureConf(error=CSTAUniversalFailure.NO_ACTIVE_CALL)
        pair.server.send(EventClass.CSTACONFIRMATION, two, 0, failure)
        pair.server.send(EventClass.CSTAUNSOLICITED, 0, 99, event)
        pair.server.send(EventClass.CSTACONFIRMATION, one, 0, HoldCallConf())
        pair.run()
        failed, reported, confirmed = pair.told
        assert isinstance(failed, Failed)
        assert isinstance(failed.failure, CstaFailure)
        assert failed.failure.error is CSTAUniversalFailure.NO_ACTIVE_CALL
        assert reported == Reported(99, event)
        assert confirmed == Confirmed(one, HoldCallConf())
        assert pair.client.outstanding == 0

    def test_without_private_data_in_force_none_is_sent(self) -> None:
        pair = opened(login=login(versions=None))
        invoke = pair.ask(MakeCall(callingDevice="101", calledDevice="102"))
        pair.answer(MakeCallConf(newCall=ConnectionID(7, "101")), ATTMakeCallConf(ucid="00001000071428289124"))
        assert pair.told == [Confirmed(invoke, MakeCallConf(newCall=ConnectionID(7, "101")))]

    @pytest.mark.parametrize(
        ("version", "layout"), [(4, ATTMakeCall), (5, ATTMakeCall), (6, ATTMakeCallV6), (10, ATTMakeCallV6)]
    )
    def test_private_data_goes_out_in_the_layout_of_the_version(self, version: int, layout: type) -> None:
        pair = opened(highest=version)
        pair.ask(MakeCall(callingDevice="101", calledDevice="102"), ATTMakeCallV6(destRoute="9"))
        [asked] = pair.asked
        assert isinstance(asked, Asked)
        assert asked.private == layout(destRoute="9")

    @pytest.mark.parametrize(
        ("version", "log_in", "other"),
        [
            (4, ATTSetAgentState, ATTSetAgentState),
            (5, ATTSetAgentStateV5, ATTSetAgentStateV5),
            (6, ATTSetAgentStateV5, ATTSetAgentStateV6),
            (10, ATTSetAgentStateV5, ATTSetAgentStateV6),
        ],
    )
    def test_a_log_in_keeps_the_older_layout(self, version: int, log_in: type, other: type) -> None:
        pair = opened(highest=version)
        private = ATTSetAgentStateV6(workMode=ATTWorkMode.WM_AUTO_IN, reasonCode=3)
        for mode in (AgentMode.AM_LOG_IN, AgentMode.AM_READY):
            pair.ask(SetAgentState(device="101", agentMode=mode, agentID="1", agentGroup="", agentPassword=""), private)
        riders = [event.private for event in pair.asked if isinstance(event, Asked)]
        assert [type(rider) for rider in riders] == [log_in, other]
        assert all(getattr(rider, "workMode", None) is ATTWorkMode.WM_AUTO_IN for rider in riders)

    def test_private_data_of_a_confirmation(self) -> None:
        pair = opened()
        invoke = pair.ask(MakeCall(callingDevice="101", calledDevice="102"))
        confirmation = MakeCallConf(newCall=ConnectionID(5, "101"))
        pair.answer(confirmation, ATTMakeCallConf(ucid="0" * 20))
        assert pair.told == [Confirmed(invoke, confirmation, ATTMakeCallConf(ucid="0" * 20))]

    def test_no_private_data_without_a_granted_version(self) -> None:
        pair = opened(login=login(versions=None))
        pair.ask(MakeCall(callingDevice="101", calledDevice="102"), ATTMakeCallV6(destRoute="9"))
        [asked] = pair.asked
        assert isinstance(asked, Asked)
        assert asked.private is None
        with pytest.raises(CstaFailure) as caught:
            pair.client.request(EscapeSvc(), ATTQueryTod(), now=0)
        assert caught.value.error is CSTAUniversalFailure.INVALID_FEATURE

    def test_a_request_that_is_never_answered(self) -> None:
        pair = opened()
        first = pair.ask(HOLD)
        pair.wait(30)
        second = pair.ask(HOLD)
        pair.wait(30)
        [failed] = pair.told
        assert isinstance(failed, Failed)
        assert (failed.invokeID, pair.now) == (first, 1060)
        assert isinstance(failed.failure, CstaFailure)
        assert failed.failure.error is CSTAUniversalFailure.REQUEST_TIMEOUT_REJECTION
        pair.wait(30)
        assert [event.invokeID for event in pair.told if isinstance(event, Failed)] == [first, second]

    def test_an_answer_of_the_wrong_type(self) -> None:
        pair = opened()
        pair.ask(HOLD)
        pair.answer(MakeCallConf(newCall=ConnectionID()))
        [failed] = pair.told
        assert isinstance(failed, Failed)
        assert isinstance(failed.failure, CstaFailure)
        assert failed.failure.error is CSTAUniversalFailure.MISTYPED_RESULT_REJECTION

    def test_an_answer_that_cannot_be_read(self) -> None:
        pair = opened()
        invoke = pair.ask(HOLD)
        number = declaration_of(HoldCallConf).number
        [failed] = pair.client.receive(encode_frame(Frame(invoke, 0, 5, number, b"\x30\x01\x00")), 0)
        assert isinstance(failed, Failed)
        assert pair.client.phase is Phase.OPEN

    def test_a_request_without_confirmation_is_not_waited_for(self) -> None:
        pair = opened()
        pair.ask(SendPrivate())
        assert pair.client.outstanding == 0

    def test_a_stray_confirmation_does_no_harm(self) -> None:
        pair = opened()
        pair.server.send(EventClass.CSTACONFIRMATION, 4711, 0, HoldCallConf())
        pair.run()
        [ignored] = pair.told
        assert isinstance(ignored, Ignored)


class TestHeartbeats:
    def test_none_unless_asked(self) -> None:
        pair = opened()
        pair.wait(1000)
        assert pair.told == []

    def test_asked_for_and_supervised(self) -> None:
        pair = opened(login=login(heartbeat_s=20))
        assert pair.client.heartbeat_s == 20
        pair.wait(100)
        assert pair.told == []
        pair.to_client = lambda _octets: b""
        pair.wait(39)
        assert pair.told == []
        pair.wait(1)
        assert pair.told == [Ended("no sign of life for 40 s", silent=True)]

    def test_the_interval_can_be_changed(self) -> None:
        pair = opened()
        invoke = pair.ask(ACSSetHeartbeatInterval(heartbeatInterval=5))
        assert pair.told == [Confirmed(invoke, ACSSetHeartbeatIntervalConf(heartbeatInterval=5))]
        assert pair.client.heartbeat_s == 5
        beats: list[float] = []
        pair.client._channel.trace = lambda sent, _frame: beats.append(pair.now) if not sent else None
        pair.wait(11)
        assert beats == [1005, 1010]

    @pytest.mark.parametrize("interval", [4, 61, 0, -1])
    def test_an_interval_out_of_range(self, interval: int) -> None:
        pair = opened()
        invoke = pair.ask(ACSSetHeartbeatInterval(heartbeatInterval=interval))
        [failed] = pair.told
        assert isinstance(failed, Failed)
        assert failed.invokeID == invoke
        assert isinstance(failed.failure, AcsFailure)
        assert failed.failure.error is ACSUniversalFailure.TSERVER_INVALID_HEARTBEAT_INTERVAL
        assert pair.client.heartbeat_s is None

    @pytest.mark.parametrize("body", [b"\x30\x00", b"\x30\x02\x05\x00"])
    def test_unasked_beats_arm_the_supervision(self, body: bytes) -> None:
        pair = opened()
        assert pair.client.receive(encode_frame(Frame(0, 0, 1, 16, body)), pair.now) == []
        assert pair.client.deadline == pair.now + 40
        assert encode(ACSClientHeartbeat()) == b"\x30\x00"


class TestPrivileges:
    TRUSTED = login(stream_type=StreamType.ST_CSTA_TRUSTED_APP)

    def errors(self, pair: Pair) -> list[ACSUniversalFailure]:
        return [e.failure.error for e in pair.told if isinstance(e, Failed) and isinstance(e.failure, AcsFailure)]

    def test_the_whole_exchange(self) -> None:
        pair = opened(login=self.TRUSTED)
        pair.ask(ACSRequestPrivileges())
        pair.ask(ACSSetPrivileges(xmlData="<privileges nonce='n0nce'/>"))
        assert [event.pdu for event in pair.told if isinstance(event, Confirmed)] == [
            ACSRequestPrivilegesConf(nonce="n0nce"),
            ACSSetPrivilegesConf(),
        ]

    def test_a_common_stream_is_not_trusted(self) -> None:
        pair = opened()
        pair.ask(ACSRequestPrivileges())
        assert self.errors(pair) == [ACSUniversalFailure.TSERVER_UNAUTHORIZED_CONNECTION]

    def test_not_first(self) -> None:
        pair = opened(login=self.TRUSTED)
        pair.ask(HOLD)
        pair.ask(ACSRequestPrivileges())
        assert self.errors(pair) == [ACSUniversalFailure.TSERVER_NOT_FIRST_MESSAGE]

    def test_not_second(self) -> None:
        pair = opened(login=self.TRUSTED)
        pair.ask(ACSSetPrivileges(xmlData="<x>n0nce</x>"))
        assert self.errors(pair) == [ACSUniversalFailure.TSERVER_NOT_SECOND_MESSAGE]

    @pytest.mark.parametrize(
        ("document", "error"),
        [
            ("no document", ACSUniversalFailure.TSERVER_INVALID_PRIV_MESSAGE),
            ("<x>other</x>", ACSUniversalFailure.TSERVER_INVALID_NONCE),
        ],
    )
    def test_a_bad_document(self, document: str, error: ACSUniversalFailure) -> None:
        pair = opened(login=self.TRUSTED)
        pair.ask(ACSRequestPrivileges())
        pair.ask(ACSSetPrivileges(xmlData=document))
        assert self.errors(pair) == [error]


class TestEnd:
    def test_close_in_order(self) -> None:
        pair = opened()
        pair.client.close(pair.now)
        pair.run()
        assert pair.told == [Ended("closed")]
        assert isinstance(pair.asked[0], CloseAsked)
        assert pair.asked[1] == Ended("the client closed the stream")

    def test_a_close_that_is_not_confirmed(self) -> None:
        pair = opened(to_server=lambda octets: octets)
        pair.to_server = lambda _octets: b""
        pair.client.close(pair.now)
        pair.wait(10)
        assert pair.told == [Ended("no answer to the close request within 10 s")]

    def test_abort_has_no_answer(self) -> None:
        pair = opened()
        assert pair.client.abort() == [Ended("aborted")]
        pair.run()
        assert pair.asked == [Ended("the client aborted the stream")]
        assert pair.told == []

    def test_the_server_ends_with_a_failure_and_a_reset(self) -> None:
        pair = opened()
        ended = pair.server.fail(ACSUniversalFailure.TSERVER_DRIVER_UNREGISTERED, "the link is down")
        assert ended == Ended("the link is down", reset=True)
        pair.run()
        [told] = pair.told
        assert isinstance(told, Ended)
        assert told.failure is not None
        assert told.failure.error is ACSUniversalFailure.TSERVER_DRIVER_UNREGISTERED

    def test_nothing_is_sent_or_taken_after_the_end(self) -> None:
        pair = opened()
        pair.server.fail(ACSUniversalFailure.TSERVER_DRIVER_UNREGISTERED, "")
        pair.run()
        pair.server.send(EventClass.CSTACONFIRMATION, 1, 0, HoldCallConf())
        assert pair.server.data_to_send() == b""
        assert list(pair.server.receive(b"\0" * 100)) == []
        assert pair.client.receive(b"\0" * 100, 0) == []


class TestBadInput:
    def frame(self, event_class: int, number: int, body: bytes = b"\x30\x02\x05\x00") -> bytes:
        return encode_frame(Frame(5, 0xDEADBEEF, event_class, number, body))

    def answers(self, pair: Pair, octets: bytes) -> list[tuple[int, int, int]]:
        list(pair.server.receive(octets))
        return [(f.eventClass, f.number, f.body[-1]) for f in frames_of(pair.server.data_to_send())]

    @pytest.mark.parametrize(
        ("event_class", "number", "answer"),
        [
            (3, 999, (5, 53, CSTAUniversalFailure.UNRECOGNIZED_OPERATION_REJECTION)),
            (3, 22, (5, 53, CSTAUniversalFailure.UNRECOGNIZED_OPERATION_REJECTION)),
            (3, 21, (5, 53, CSTAUniversalFailure.BADLY_STRUCTURED_APDU_REJECTION)),
            (0, 99, (2, 6, ACSUniversalFailure.TSERVER_BAD_PDU)),
            (0, 14, (2, 6, ACSUniversalFailure.TSERVER_DECODE_FAILED)),
            (5, 22, (2, 6, ACSUniversalFailure.TSERVER_BAD_PDU)),
            (77, 1, (2, 6, ACSUniversalFailure.TSERVER_BAD_PDU)),
        ],
    )
    def test_every_message_is_answered_and_the_stream_lives(
        self, event_class: int, number: int, answer: tuple[int, int, int]
    ) -> None:
        pair = opened()
        assert self.answers(pair, self.frame(event_class, number)) == [answer]
        pair.ask(HOLD)
        assert isinstance(pair.asked[-1], Asked)

    def test_requests_without_a_stream(self) -> None:
        pair = Pair()
        hold = self.frame(3, declaration_of(HOLD).number, encode(HOLD))
        error = CSTAUniversalFailure.ACS_HANDLE_TERMINATION_REJECTION
        assert self.answers(pair, hold) == [(5, 53, error)]
        assert self.answers(pair, self.frame(0, 3)) == [(2, 6, ACSUniversalFailure.TSERVER_NO_ACS_STREAM)]

    def test_a_garbage_cross_reference_means_nothing(self) -> None:
        pair = opened()
        events = list(pair.server.receive(self.frame(3, declaration_of(HOLD).number, encode(HOLD))))
        assert events == [Asked(5, HOLD)]

    @pytest.mark.parametrize("octets", [b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\x11\0\0\0", b"GET / HTTP/1.1\r\n\r\n"])
    def test_lost_rhythm_ends_the_stream_with_a_reset(self, octets: bytes) -> None:
        pair = opened()
        [ended] = pair.server.receive(octets)
        assert isinstance(ended, Ended)
        assert ended.reset
        pair.run()
        assert isinstance(pair.told[-1], Ended)

    def test_a_broken_private_block_is_dropped_alone(self) -> None:
        pair = opened()
        octets = encode_frame(Frame(5, 0, 3, declaration_of(HOLD).number, encode(HOLD), b"\xff" * 40))
        ignored, asked = pair.server.receive(octets)
        assert isinstance(ignored, Ignored)
        assert asked == Asked(5, HOLD)

    def test_rubbish_behind_the_vendor(self) -> None:
        block = encode_block(PrivateBlock("ECS", b"x"))
        assert decode_block(block[:4] + b"\xff" * 28 + block[32:]) == PrivateBlock("ECS", b"x")

    def test_any_corruption_ends_in_events_never_in_an_exception(self) -> None:
        luck = random.Random(3)

        def corrupt(octets: bytes) -> bytes:
            spoiled = bytearray(octets)
            for _ in range(luck.randrange(3)):
                if spoiled:
                    spoiled[luck.randrange(len(spoiled))] = luck.randrange(256)
            return bytes(spoiled)

        for _ in range(300):
            pair = Pair(to_client=corrupt, to_server=corrupt, chop=luck.choice([1, 13, 4096]))
            pair.open()
            if pair.client.phase is Phase.OPEN:
                pair.ask(HOLD)
            pair.wait(100)
            assert pair.client.phase in (Phase.OPEN, Phase.ENDED)


class TestNames:
    def test_asked_and_answered(self) -> None:
        links = [
            ("AVAYA#CM1#CSTA#AES1", encode_address(ipaddress.ip_address("127.0.0.1"), 1050)),
            ("AVAYA#CM1#CSTA-S#AES1", encode_address(ipaddress.ip_address("::1"), 1066)),
        ]
        server, query = ServerEnd(Ways(key=KEY), now=0), NameQuery()
        [asked] = server.receive(query.data_to_send())
        assert isinstance(asked, NamesAsked)
        server.name(asked.invokeID, links)
        query.receive(server.data_to_send())
        assert query.links is not None
        assert [(link.name, str(link.address), link.port) for link in query.links] == [
            ("AVAYA#CM1#CSTA#AES1", "127.0.0.1", 1050),
            ("AVAYA#CM1#CSTA-S#AES1", "::1", 1066),
        ]
        assert list(server.receive(query.data_to_send())) == [Ended("the client aborted the stream")]

    def test_the_port_is_big_endian_and_the_family_little(self) -> None:
        assert encode_address(ipaddress.ip_address("127.0.0.1"), 0x041A).hex() == "0200041a7f000001" + "00" * 8
        assert len(encode_address(ipaddress.ip_address("::1"), 450)) == 28

    def test_an_open_confirmation_has_exactly_four_strings(self) -> None:
        assert encode(ACSOpenStreamConf(apiVer="a", libVer="b", tsrvVer="", drvrVer="d")).hex() == (
            "300b" + "160161" + "160162" + "1600" + "160164"
        )
