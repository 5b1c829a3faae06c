import type { EventKeys, EventType, Requests, SnapshotCallItem } from "./requests.js";

export type * from "./requests.js";

/** An event of the manual; `resumed`, `gap`, `snapshot`; `monitorended` where the server refuses to go on; those of later servers. */
export interface Event extends EventKeys {
  msgtype: "event";
  eventtype: EventType | "resumed" | "gap" | "snapshot" | (string & {});
  /** Of a snapshot: the calls of the device. */
  list?: Array<SnapshotCallItem>;
  [key: string]: unknown;
}

export type State = "closed" | "connecting" | "open" | "refused";

export interface Options {
  /** API key or token; "" = none. */
  key?: string;
  /** How long a request may take, reconnects included; 20000 unless told. */
  requestMs?: number;
  /** The class to use instead of the platform's. */
  WebSocket?: unknown;
  wait?: (ms: number, call: () => void) => () => void;
  chance?: () => number;
  /** Milliseconds that only go up; `performance.now` unless told. */
  ticks?: () => number;
}

export interface MonitorOptions {
  events?: "contract" | "all";
  /** A list, or names with commas between. */
  eventtypes?: ReadonlyArray<EventType> | string;
  since?: number;
  epoch?: string;
}

export class RequestFailed extends Error {
  constructor(response: Record<string, unknown>);
  readonly response: Record<string, unknown>;
  readonly reason: string;
  readonly errorcode?: number;
  readonly passing: boolean;
}

export class Disconnected extends Error {
  constructor(text: string);
}

/** No answer in the time that a request has, reconnects included. */
export class TimedOut extends Disconnected {
  constructor(text: string, idempotencykey?: string);
  /** Of a request that changes something: asked again with it, it is carried out once. "" = of others. */
  readonly idempotencykey: string;
}

export interface Client extends Requests {}

export class Client {
  /** url: ws://HOST:PORT/ws or http://HOST:PORT; encrypted: wss, https. Throws TypeError for what is no address. */
  constructor(url: string, options?: Options);
  /** Of its WebSocket. */
  readonly url: string;
  readonly state: State;
  /** Why it is not open. */
  readonly reason: string;
  connect(): void;
  /** Disconnect for good: the server ends the monitors at once. */
  close(): void;
  /** Disconnect to come back with since and epoch: the server goes on watching the devices for a while. */
  leave(): void;
  onState(listener: (state: State, reason: string) => void): () => void;
  request(name: string, keys?: Record<string, unknown>): Promise<Record<string, unknown>>;
  monitor(extension: string, listener: (event: Event) => void, options?: MonitorOptions): Promise<() => Promise<unknown>>;
  history(extension: string, keys?: Record<string, unknown>): Promise<Event[]>;
  /** The server's clock, in seconds since 1970; null = no monitor has been told of it yet. */
  now(): number | null;
  /** When an event happened, as `now` counts. */
  moment(event: Event): number;
  /** Go by what a simulator's clock tells (`sim clock`). */
  hearClock(clock: { now: number; mode: "real" | "virtual"; rate: number }): void;
}
