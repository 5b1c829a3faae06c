/* A stand-in for the vendor's client library, written from the description of its C interface for the tests here.
 *
 * One stream at a time, one switch in a few lines: stations 101 and 102, everything else is unknown. It keeps the
 * library's habits: lists behind the event in the caller's buffer, the capacity of private data overwritten by their
 * length, -8 when nothing waits, -10 for a dead stream, a socket that only says that something has come.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <pthread.h>
#include <time.h>

typedef struct { long callID; char deviceID[64]; int devIDType; } ConnectionID;
typedef struct { char deviceID[64]; int deviceIDType; int deviceIDStatus; } ExtendedDeviceID;
typedef struct { unsigned short call; unsigned char feature, agent, maintenance; long privateFilter; } MonitorFilter;
typedef struct { unsigned int count; void *items; } List;
typedef struct { ConnectionID party; ExtendedDeviceID staticDevice; } Connection;
typedef struct { ConnectionID call; List states; } CallAtDevice;
typedef struct { char vendor[32]; unsigned short length; char data[2048]; } PrivateData;

typedef struct { unsigned long handle; unsigned short eventClass, eventType; } Header;
typedef struct {
    Header header;
    union {
        struct { unsigned long invokeID; union { char strings[4][21]; int error; } u; } acs;
        struct { int error; } loss;
        struct {
            unsigned long invokeID;
            union {
                int error;
                ConnectionID newCall;
                struct { long crossRef; MonitorFilter filter; } monitor;
                List snapshot;
                struct { ConnectionID newCall; List parties; } transfer;
                struct { char device[64]; int type; unsigned char deviceClass; } info;
                struct { unsigned short count; struct { int type; unsigned char on; char to[64]; } entry[7]; } forward;
                int status;
                unsigned char filter;
                char null;
            } u;
        } conf;
        struct {
            long crossRef;
            union {
                struct {
                    ConnectionID connection;
                    ExtendedDeviceID alerting, calling, called, last;
                    int local, cause;
                } delivered;
                struct { ConnectionID dropped; ExtendedDeviceID releasing; int local, cause; } cleared;
            } u;
        } unsolicited;
    } event;
} Event;

#define QUEUE 64
typedef struct { Event event; unsigned char tail[1024]; size_t tailLength; size_t listAt; PrivateData priv; } Waiting;

static Waiting queue[QUEUE];
static int first, last, bell[2] = { -1, -1 };
static unsigned long alive, opened = 0x7f0011223344;
static long monitored;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;

static Waiting *put(int eventClass, int eventType)
{
    Waiting *one = &queue[last];
    memset(one, 0, sizeof *one);
    one->event.header.handle = alive;
    one->event.header.eventClass = eventClass;
    one->event.header.eventType = eventType;
    return one;
}

static void done(void)
{
    last = (last + 1) % QUEUE;
    if (write(bell[1], "!", 1) < 0) abort();
    pthread_cond_broadcast(&came);
}

static void confirm(unsigned long invokeID, int eventType)
{
    put(5, eventType)->event.event.conf.invokeID = invokeID;
}

static long refuse(unsigned long invokeID, int error)
{
    confirm(invokeID, 53);
    queue[last].event.event.conf.u.error = error;
    done();
    return 0;
}

static void with_private(const unsigned char *octets, size_t length)
{
    strcpy(queue[last].priv.vendor, "ECS");
    queue[last].priv.length = length;
    memcpy(queue[last].priv.data, octets, length);
}

static void provided(ExtendedDeviceID *device, const char *name)
{
    strncpy(device->deviceID, name, 63);
}

/* ---- streams */

long acsOpenStream(unsigned long *handle, int idType, unsigned long invokeID, int streamType, char *server, char *login,
                   char *password, char *application, int level, char *api, unsigned short a, unsigned short b,
                   unsigned short c, unsigned short d, PrivateData *priv)
{
    (void)application; (void)level; (void)a; (void)b; (void)c; (void)d; (void)login;
    if (idType != 0 || streamType != 1 || strcmp(api, "TS2")) return -2;
    if (strcmp(server, "AVAYA#CM1#CSTA#AES1")) return -5;
    first = last = 0;
    if (bell[0] < 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, bell)) return -6;
    *handle = alive = ++opened;
    Waiting *one = put(2, strcmp(password, "ivrsvr") ? 6 : 2);
    one->event.event.acs.invokeID = invokeID;
    if (one->event.header.eventType == 6) {
        one->event.event.acs.u.error = 25;
    } else {
        strcpy(one->event.event.acs.u.strings[0], "ST2");
        if (priv && !strcmp(priv->vendor, "VERSION") && priv->data[0] == 0 && !strncmp(priv->data + 1, "ECS#2-10", 8)) {
            strcpy(one->priv.vendor, "ECS");
            one->priv.length = 3;
            memcpy(one->priv.data, "\0" "7", 3);
        }
    }
    done();
    return 0;
}

long acsCloseStream(unsigned long handle, unsigned long invokeID, PrivateData *priv)
{
    (void)priv;
    if (handle != alive) return -10;
    put(2, 4)->event.event.acs.invokeID = invokeID;
    done();
    return 0;
}

long acsAbortStream(unsigned long handle, PrivateData *priv)
{
    (void)priv;
    if (handle != alive) return -10;
    alive = 0;
    pthread_cond_broadcast(&came);
    return 0;
}

#ifndef WITHOUT_FILE
long acsGetFile(unsigned long handle) { return handle == alive ? bell[0] : -10; }
#endif

static long fetch(unsigned long handle, char *buffer, unsigned short *size, PrivateData *priv)
{
    char bell_octet;
    if (handle != alive) return -10;
    if (first == last) return -8;
    Waiting *one = &queue[first];
    if (priv->length < one->priv.length) { priv->length = one->priv.length; return -7; }
    if (*size < sizeof one->event + one->tailLength) return -9;
    if (one->event.header.eventType == 0) { /* nothing that the library can read: it is lost, and nothing else */
        if (read(bell[0], &bell_octet, 1) < 0) abort();
        first = (first + 1) % QUEUE;
        return -9;
    }
    memcpy(buffer, &one->event, sizeof one->event);
    if (one->tailLength) {
        /* behind the fixed part of this very event, as the real one does: here behind its list */
        size_t at = one->listAt + sizeof(List);
        char *base = buffer + at;
        memcpy(base, one->tail, one->tailLength);
        ((List *)(buffer + one->listAt))->items = base;
        if (one->event.header.eventType == 123)
            for (unsigned n = 0; n < ((List *)(buffer + one->listAt))->count; n++) {
                CallAtDevice *call = (CallAtDevice *)base + n;
                call->states.items = base + (size_t)call->states.items;
            }
    }
    memcpy(priv, &one->priv, 34 + one->priv.length);
    if (read(bell[0], &bell_octet, 1) < 0) abort();
    first = (first + 1) % QUEUE;
    if (one->event.header.eventClass == 1) alive = 0;
    return 0;
}

long acsGetEventPoll(unsigned long handle, char *buffer, unsigned short *size, PrivateData *priv, unsigned short *more)
{
    (void)more;
    return fetch(handle, buffer, size, priv);
}

long acsGetEventBlock(unsigned long handle, char *buffer, unsigned short *size, PrivateData *priv, unsigned short *more)
{
    long code;
    (void)more;
    pthread_mutex_lock(&lock);
    while ((code = fetch(handle, buffer, size, priv)) == -8) {
        struct timespec soon;
        clock_gettime(CLOCK_REALTIME, &soon);
        soon.tv_nsec += 1000000;
        if (soon.tv_nsec >= 1000000000) { soon.tv_sec++; soon.tv_nsec -= 1000000000; }
        pthread_cond_timedwait(&came, &lock, &soon);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

/* ---- requests that do something */

#define START if (handle != alive) return -10

long cstaSysStatStart(unsigned long handle, unsigned long id, unsigned char filter, PrivateData *p)
{
    START; (void)p; confirm(id, 101); queue[last].event.event.conf.u.filter = filter; done(); return 0;
}

long cstaSysStatReq(unsigned long handle, unsigned long id, PrivateData *p)
{
    START; (void)p; confirm(id, 99); queue[last].event.event.conf.u.status = 2; done(); return 0;
}

long cstaMonitorDevice(unsigned long handle, unsigned long id, char *device, MonitorFilter *filter, PrivateData *p)
{
    START; (void)p;
    if (strcmp(device, "101") && strcmp(device, "102")) return refuse(id, 12);
    confirm(id, 114);
    queue[last].event.event.conf.u.monitor.crossRef = monitored = 7;
    queue[last].event.event.conf.u.monitor.filter = *filter;
    done();
    return 0;
}

long cstaMakeCall(unsigned long handle, unsigned long id, char *from, char *to, PrivateData *p)
{
    /* ATTMakeCallConf (85): ucid "00001000011458770400"; ATTDelivered of version 7 is not sent. */
    static const unsigned char conf[] = "\x02\x00\x55\x00\x30\x16\x16\x14" "00001000011458770400";
    START;
    if (strcmp(to, "lost") == 0) { put(1, 7)->event.event.loss.error = 0; done(); return 0; }
    if (strcmp(to, "full") == 0) return -13;
    if (strcmp(to, "late") == 0) return 0;
    if (strcmp(to, "odd") == 0) for (int n = 0; n < 3; n++) { put(1, 0); done(); }
    if (strcmp(to, "never") == 0) { for (int n = 0; n < QUEUE - 1; n++) { put(1, 0); done(); } return 0; }
    if (p && (strcmp(p->vendor, "ECS") || p->data[0] != 2)) return refuse(id, 2);
    confirm(id, 24);
    ConnectionID *call = &queue[last].event.event.conf.u.newCall;
    call->callID = 4711;
    strcpy(call->deviceID, from);
    with_private(conf, sizeof conf - 1);
    if (strcmp(to, "big") == 0) queue[last].priv.length = 1500; /* octets behind a body mean nothing */
    done();
    if (monitored) {
        Waiting *one = put(4, 57);
        one->event.event.unsolicited.crossRef = monitored;
        one->event.event.unsolicited.u.delivered.connection.callID = 4711;
        strcpy(one->event.event.unsolicited.u.delivered.connection.deviceID, to);
        provided(&one->event.event.unsolicited.u.delivered.alerting, to);
        provided(&one->event.event.unsolicited.u.delivered.calling, from);
        provided(&one->event.event.unsolicited.u.delivered.called, to);
        one->event.event.unsolicited.u.delivered.last.deviceIDStatus = 2;
        one->event.event.unsolicited.u.delivered.local = 3;
        one->event.event.unsolicited.u.delivered.cause = 22;
        done();
    }
    return 0;
}

long cstaClearConnection(unsigned long handle, unsigned long id, ConnectionID *call, PrivateData *p)
{
    START; (void)p;
    if (call->callID != 4711 || call->devIDType != 0) return refuse(id, 24);
    confirm(id, 10);
    done();
    Waiting *one = put(4, 56);
    one->event.event.unsolicited.crossRef = monitored;
    one->event.event.unsolicited.u.cleared.dropped = *call;
    provided(&one->event.event.unsolicited.u.cleared.releasing, call->deviceID);
    one->event.event.unsolicited.u.cleared.cause = -1;
    done();
    return 0;
}

long cstaSnapshotDeviceReq(unsigned long handle, unsigned long id, char *device, PrivateData *p)
{
    START; (void)p;
    confirm(id, 123);
    Waiting *one = &queue[last];
    CallAtDevice calls[2];
    int states[2] = { 4, 3 };
    memset(calls, 0, sizeof calls);
    for (int n = 0; n < 2; n++) {
        calls[n].call.callID = 1 + n;
        strcpy(calls[n].call.deviceID, device);
        calls[n].states.count = 1;
        calls[n].states.items = (void *)(sizeof calls + n * sizeof states[0]);
    }
    one->event.event.conf.u.snapshot.count = 2;
    one->listAt = offsetof(Event, event.conf.u.snapshot);
    memcpy(one->tail, calls, sizeof calls);
    memcpy(one->tail + sizeof calls, states, sizeof states);
    one->tailLength = sizeof calls + sizeof states;
    done();
    return 0;
}

long cstaTransferCall(unsigned long handle, unsigned long id, ConnectionID *held, ConnectionID *active, PrivateData *p)
{
    START; (void)p;
    confirm(id, 52);
    Waiting *one = &queue[last];
    Connection parties[2];
    memset(parties, 0, sizeof parties);
    parties[0].party = *held;
    provided(&parties[0].staticDevice, "102");
    parties[1].party = *active;
    parties[1].party.devIDType = 1;
    strcpy(parties[1].party.deviceID, "T5#1");
    parties[1].staticDevice.deviceIDStatus = 1;
    one->event.event.conf.u.transfer.newCall.callID = active->callID;
    one->event.event.conf.u.transfer.parties.count = 2;
    one->listAt = offsetof(Event, event.conf.u.transfer.parties);
    memcpy(one->tail, parties, sizeof parties);
    one->tailLength = sizeof parties;
    done();
    return 0;
}

long cstaQueryDeviceInfo(unsigned long handle, unsigned long id, char *device, PrivateData *p)
{
    START; (void)p;
    confirm(id, 38);
    strcpy(queue[last].event.event.conf.u.info.device, device);
    queue[last].event.event.conf.u.info.deviceClass = 0x80;
    done();
    return 0;
}

static struct { int type; unsigned char on; char to[64]; } forwarding;

long cstaSetForwarding(unsigned long handle, unsigned long id, char *device, int type, char on, char *to, PrivateData *p)
{
    START; (void)p; (void)device;
    forwarding.type = type;
    forwarding.on = on;
    strcpy(forwarding.to, to);
    confirm(id, 48);
    done();
    return 0;
}

long cstaQueryForwarding(unsigned long handle, unsigned long id, char *device, PrivateData *p)
{
    START; (void)p; (void)device;
    confirm(id, 32);
    queue[last].event.event.conf.u.forward.count = 1;
    memcpy(&queue[last].event.event.conf.u.forward.entry[0], &forwarding, sizeof forwarding);
    done();
    return 0;
}

/* Says in its confirmation which private data came: the octets of the escape service come back with it. */
long cstaEscapeService(unsigned long handle, unsigned long id, PrivateData *p)
{
    START;
    confirm(id, 90);
    queue[last].priv = *p;
    done();
    return 0;
}

/* ---- and the others, which this switch does not offer */

#define OTHER(name) long name(unsigned long handle, unsigned long id) { START; return refuse(id, 15); }
OTHER(cstaAlternateCall) OTHER(cstaAnswerCall) OTHER(cstaCallCompletion) OTHER(cstaClearCall) OTHER(cstaConferenceCall)
OTHER(cstaConsultationCall) OTHER(cstaDeflectCall) OTHER(cstaPickupCall) OTHER(cstaGroupPickupCall) OTHER(cstaHoldCall)
OTHER(cstaMakePredictiveCall) OTHER(cstaReconnectCall) OTHER(cstaRetrieveCall) OTHER(cstaQueryMsgWaitingInd)
OTHER(cstaQueryDoNotDisturb) OTHER(cstaQueryAgentState) OTHER(cstaQueryLastNumber) OTHER(cstaSetMsgWaitingInd)
OTHER(cstaSetDoNotDisturb) OTHER(cstaSetAgentState) OTHER(cstaRouteRegisterReq) OTHER(cstaRouteRegisterCancel)
OTHER(cstaRouteSelectInv) OTHER(cstaRouteEndInv) OTHER(cstaMonitorCall) OTHER(cstaMonitorCallsViaDevice)
OTHER(cstaChangeMonitorFilter) OTHER(cstaMonitorStop) OTHER(cstaSnapshotCallReq) OTHER(cstaSysStatStop)
OTHER(cstaGetAPICaps) OTHER(cstaGetDeviceList) OTHER(cstaQueryCallMonitor)
long cstaRouteSelect(unsigned long handle) { START; return 0; }
long cstaRouteEnd(unsigned long handle) { START; return 0; }
long cstaSendPrivateEvent(unsigned long handle) { START; return 0; }
