// Every request, what it comes back with, what events hold. Made from the server's tables by `make docs`.

export interface MakeCallResponse {
  msgtype: "response";
  id: string;
  result: "success";
  callid: string;
  ucid: string;
}

export interface AnswerResponse {
  msgtype: "response";
  id: string;
  result: "success";
  callid: string;
}

/** The answer of a request that has nothing to tell but that it was carried out. */
export interface Done {
  msgtype: "response";
  id: string;
  result: "success";
  error: string;
}

export interface ConsultationResponse {
  msgtype: "response";
  id: string;
  result: "success";
  primarycallid: string;
  secondarycallid: string;
  ucid: string;
}

export interface SingleStepResponse {
  msgtype: "response";
  id: string;
  result: "success";
  callid: string;
  ucid: string;
}

/** The object that answers a request. Its keys stand in the order of the fields. */
export interface Response {
  msgtype: "response";
  id: string;
  result: "success";
}

export interface AlertData {
  msgtype: "response";
  id: string;
  result: "success";
  callid: number;
  calling: string;
  called: string;
  alerting: string;
  cli: string;
  dnis: string;
  uec: string;
  ucid: string;
  split: string;
  trunkgroup: string;
  trunkmember: string;
  userdata: string;
}

export interface HangupData {
  msgtype: "response";
  id: string;
  result: "success";
  callid: number;
  releasing: string;
  ucid: string;
  userdata: string;
}

export interface GotData {
  msgtype: "response";
  id: string;
  result: "success";
  data: string;
}

export interface SetData {
  msgtype: "response";
  id: string;
  result: "success";
  uui: string;
}

/** An extension in a list. */
export interface Member {
  extension: string;
}

/** One call of an extension. */
export interface SnapshotCallItem {
  callid: number;
  state: string;
  numparty: number;
  party: Array<Member>;
}

export interface SnapshotResponse {
  msgtype: "response";
  id: string;
  result: "success";
  error: string;
  extension: string;
  numcall: number;
  list: Array<SnapshotCallItem>;
}

export interface AcdSplitResponse {
  msgtype: "response";
  id: string;
  result: "success";
  agentsavailable: number;
  callsqueue: number;
  agentslogon: number;
}

export interface AgentLoginResponse {
  msgtype: "response";
  id: string;
  result: "success";
  split: string;
  numextension: number;
  list: Array<Member>;
}

export interface AgentStateResponse {
  msgtype: "response";
  id: string;
  result: "success";
  skillmode: string;
  talkstate: string;
  reasoncode: number;
  since?: number | null;
}

export interface ClassifierResponse {
  msgtype: "response";
  id: string;
  result: "success";
  availport: number;
  usedport: number;
}

export interface TimeOfDayResponse {
  msgtype: "response";
  id: string;
  result: "success";
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

export interface NameResponse {
  msgtype: "response";
  id: string;
  result: "success";
  name: string;
}

export interface DeviceInfoResponse {
  msgtype: "response";
  id: string;
  result: "success";
  associatedclass: string;
  associateddevice: string;
}

export interface StationStatusResponse {
  msgtype: "response";
  id: string;
  result: "success";
  busy: string;
}

export interface TrunkGroupResponse {
  msgtype: "response";
  id: string;
  result: "success";
  idletrunks: number;
  usedtrunks: number;
}

export interface UcidResponse {
  msgtype: "response";
  id: string;
  result: "success";
  ucid: string;
}

export interface DndResponse {
  msgtype: "response";
  id: string;
  result: "success";
  dnd: string;
}

export interface ForwardingResponse {
  msgtype: "response";
  id: string;
  result: "success";
  destination: string;
}

export interface MwiResponse {
  msgtype: "response";
  id: string;
  result: "success";
  indicator: string;
}

export interface HistoryResponse {
  msgtype: "response";
  id: string;
  result: "success";
  epoch: string;
  numevent: number;
  more: boolean;
  list: Array<Record<string, unknown>>;
}

export interface CallHistoryResponse {
  msgtype: "response";
  id: string;
  result: "success";
  ucid: string;
  ucids: Array<string>;
  text: string;
  list: Array<Record<string, unknown>>;
}

export interface Requests {
  /** Call a destination from an extension. */
  makecall(keys: { extension: string; destination: string; data?: string; idempotencykey?: string }): Promise<MakeCallResponse>;
  /** Answer the call that rings at an extension; of several, the one that rings longest. */
  answer(keys: { extension: string; callid?: number | string | null; destination?: string | null; idempotencykey?: string }): Promise<AnswerResponse>;
  /** Leave the active call. */
  hangup(keys: { extension: string; callid?: number | string | null; data?: string; idempotencykey?: string }): Promise<Done>;
  /** Drop another party from the active call. */
  dropparty(keys: { extension: string; party: string; callid?: number | string | null; data?: string; idempotencykey?: string }): Promise<Done>;
  /** Hold the active call. */
  hold(keys: { extension: string; callid?: number | string | null; idempotencykey?: string }): Promise<Done>;
  /** Take up the held call again. */
  retrieve(keys: { extension: string; callid?: number | string | null; destination?: string | null; idempotencykey?: string }): Promise<Done>;
  /** Hold the active call and call somebody else. */
  consultation(keys: { extension: string; destination: string; callid?: number | string | null; data?: string; idempotencykey?: string }): Promise<ConsultationResponse>;
  /** Leave the active call and take up the held one; `callid` names the held call. */
  reconnect(keys: { extension: string; callid?: number | string | null; idempotencykey?: string }): Promise<Done>;
  /** Hold the active call and take up the held one, or one that rings where none is held; `callid` names it. */
  alternate(keys: { extension: string; callid?: number | string | null; idempotencykey?: string }): Promise<Done>;
  /** Send tones on the active call. */
  dtmf(keys: { extension: string; dtmf: string; callid?: number | string | null; tonduration?: number | string; pauseduration?: number | string; idempotencykey?: string }): Promise<Done>;
  /** End a call for all its parties; without `destination` and `callid`, every call of the extension. */
  clearcall(keys: { extension: string; callid?: number | string | null; destination?: string | null; idempotencykey?: string }): Promise<Done>;
  /** Send the ringing call to another number. */
  deflectcall(keys: { extension: string; destination: string; callid?: number | string | null; idempotencykey?: string }): Promise<Done>;
  /** Send the ringing call to another extension of this switch. */
  pickupcall(keys: { extension: string; destination: string; callid?: number | string | null; idempotencykey?: string }): Promise<Done>;
  /** Transfer: a held and an active call into one, or the active call to a destination. */
  transfer(keys: { extension: string; callid?: number | string | null; destination?: string | null; data?: string; idempotencykey?: string }): Promise<Done>;
  /** Conference: a held and an active call into one, or a destination into the active call. */
  conference(keys: { extension: string; callid?: number | string | null; destination?: string | null; data?: string; idempotencykey?: string }): Promise<Done>;
  /** Transfer the active call to a destination by the switch's own single-step service. */
  singlesteptransfer(keys: { extension: string; destination: string; callid?: number | string | null; idempotencykey?: string }): Promise<SingleStepResponse>;
  /** Join an extension to the active call, without ringing. */
  singlestepconference(keys: { extension: string; devicetojoin: string; callid?: number | string | null; type?: "active" | "passive"; idempotencykey?: string }): Promise<SingleStepResponse>;
  /** Stop hearing one party, or `all`. */
  selectivelisteninghold(keys: { extension: string; party: string; callid?: number | string | null; idempotencykey?: string }): Promise<Response>;
  /** Hear one party, or `all`, again. */
  selectivelisteningretrieve(keys: { extension: string; party: string; callid?: number | string | null; idempotencykey?: string }): Promise<Response>;
  /** Log an agent in at an extension; the agent begins in AUX. */
  login(keys: { extension: string; agentid: string; passwd?: string; idempotencykey?: string }): Promise<Done>;
  /** Log an agent out. */
  logout(keys: { extension: string; agentid: string; passwd?: string; reasoncode?: number | string; idempotencykey?: string }): Promise<Done>;
  /** Change the work mode of the agent at an extension; during a call, for the time after it. */
  setstate(keys: { extension: string; state: "aux" | "acw" | "manual" | "auto"; reasoncode?: number | string; idempotencykey?: string }): Promise<Done>;
  /** The data of the last call that alerted or ended at an extension; texts under keys. */
  userdata(keys: { extension: string; type: "alert" | "hangup" | "get" | "set" | "update"; uui?: string | null; data?: string | null; idempotencykey?: string }): Promise<AlertData | HangupData | GotData | SetData | Done>;
  /** The calls of an extension, their states and parties. */
  snapshot(keys: { extension: string }): Promise<SnapshotResponse>;
  /** Agents and waiting calls of a split. */
  queryacdsplit(keys: { split: string }): Promise<AcdSplitResponse>;
  /** The extensions at which agents of a split are logged in. */
  queryagentlogin(keys: { split: string }): Promise<AgentLoginResponse>;
  /** Work mode, talk state and reason code of the agent at an extension. */
  queryagentstate(keys: { extension: string; since?: boolean | "true" | "false" }): Promise<AgentStateResponse>;
  /** Free and busy ports of the call classifiers. */
  querycallclassifier(keys?: {  }): Promise<ClassifierResponse>;
  /** The switch's clock; the year has two digits. */
  querytimeofday(keys?: {  }): Promise<TimeOfDayResponse>;
  /** The name of a device as administered. */
  querydevicename(keys: { extension: string }): Promise<NameResponse>;
  /** What a device is associated with: the agent at a station, the station of an agent. */
  querydeviceinfo(keys: { extension: string }): Promise<DeviceInfoResponse>;
  /** Whether an extension is on a call. */
  querystationstatus(keys: { extension: string }): Promise<StationStatusResponse>;
  /** Idle and busy trunks of a trunk group. */
  querytrunkgroup(keys: { tag: string }): Promise<TrunkGroupResponse>;
  /** The universal call id of a call. */
  queryucid(keys: { callid: number | string }): Promise<UcidResponse>;
  /** Whether an extension sends all calls to coverage. */
  querydonotdisturb(keys: { extension: string }): Promise<DndResponse>;
  /** Where an extension forwards its calls; empty = it does not. */
  queryforwarding(keys: { extension: string }): Promise<ForwardingResponse>;
  /** Whether the message-waiting lamp of an extension is lit. */
  querymsgwaitingind(keys: { extension: string }): Promise<MwiResponse>;
  /** Send all calls of an extension to coverage, or no longer. */
  setdonotdisturb(keys: { extension: string; dnd: boolean | "true" | "false"; idempotencykey?: string }): Promise<Done>;
  /** Forward all calls of an extension, or no longer. */
  setforwarding(keys: { extension: string; fwd: boolean | "true" | "false"; destination?: string; idempotencykey?: string }): Promise<Done>;
  /** Light the message-waiting lamp of an extension, or put it out. */
  setmsgwaitingind(keys: { extension: string; ind: boolean | "true" | "false"; idempotencykey?: string }): Promise<Done>;
  /** Events of the past, as they were sent. */
  eventhistory(keys?: { extension?: string; eventtypes?: Array<string> | string; since?: number | string; until?: number | string; after?: number | string; limit?: number | string }): Promise<HistoryResponse>;
  /** The whole life of a call as one ladder, across transfers and UCIDs. */
  callhistory(keys: { ucid: string; form?: "json" | "text" }): Promise<CallHistoryResponse>;
}

export type EventType = "offer" | "alert" | "connect" | "fail" | "hold" | "retrieve" | "disconnect" | "transfer" | "conference" | "idle" | "agentlogin" | "agentlogout" | "agentstate" | "queued" | "divert" | "callcleared" | "monitorended" | "linkdown" | "linkup" | "draining";

/** What events of the manual hold; which of them have what, it says type by type. */
export interface EventKeys {
  referenceid?: number;
  origcalling?: string;
  origcalled?: string;
  calling?: string;
  called?: string;
  alerting?: string;
  ucid?: string;
  uui?: string;
  uec?: string;
  split?: string;
  custdata?: string;
  time?: number;
  trunkgroup?: string;
  trunkmember?: string;
  lastredirection?: string;
  callid?: number;
  eventid?: number;
  epoch?: string;
  monitored?: string;
  custdatafault?: string;
  synthetic?: true;
  answering?: string;
  failing?: string;
  cause?: number;
  holding?: string;
  retrieving?: string;
  releasing?: string;
  transferring?: string;
  transferred?: string;
  cusdata?: string;
  primarycallid?: number;
  secondarycallid?: number;
  party1?: string;
  party2?: string;
  party3?: string;
  party4?: string;
  party5?: string;
  party6?: string;
  controller?: string;
  addedparty?: string;
  extension?: string;
  agentid?: string;
  state?: string;
  reasoncode?: number;
  position?: number;
  diverting?: string;
  destination?: string;
  reason?: string;
}
