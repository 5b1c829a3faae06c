/** ivrsvr for Node: the client of browsers, with a WebSocket of its own where Node has none yet (before 22). */

import { Client as Base } from "./ivrsvr.js";
import { NodeWebSocket } from "./websocket.js";

export { Disconnected, RequestFailed, TimedOut } from "./ivrsvr.js";

export class Client extends Base {
  constructor(url, options = {}) {
    super(url, { ...options, WebSocket: options.WebSocket ?? globalThis.WebSocket ?? NodeWebSocket });
  }
}
