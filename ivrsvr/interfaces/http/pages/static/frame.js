/**
 * The phone inside another application's frame: the CRM sends requests and is told events, by postMessage.
 *
 * Only the origins of `?parent=` (one or more) are listened to and told, and only where the server lets them frame the page.
 *   to the phone:    {ivrsvr: "request", id, request, ...keys} and {ivrsvr: "signin", extension, agentid?, passwd?}
 *   from the phone:  {ivrsvr: "ready"}, {ivrsvr: "response", id, ...response} and {ivrsvr: "event", ...event}
 */
export class Frame {
  constructor({ request, signIn }) {
    this._request = request;
    this._signIn = signIn;
    this._origins = new URLSearchParams(location.search).getAll("parent").filter(isOrigin);
    if (window.parent === window || !this._origins.length) return;
    addEventListener("message", (message) => this._hear(message));
    this._say({ ivrsvr: "ready" });
  }

  tell(event) {
    this._say({ ivrsvr: "event", ...event });
  }

  _say(data) {
    if (window.parent === window) return;
    for (const origin of this._origins) window.parent.postMessage(data, origin);
  }

  async _hear({ origin, source, data }) {
    if (source !== window.parent || !this._origins.includes(origin) || typeof data !== "object" || data === null) return;
    if (data.ivrsvr === "signin") await this._signIn(String(data.extension ?? ""), String(data.agentid ?? ""), String(data.passwd ?? ""));
    if (data.ivrsvr !== "request") return;
    const { ivrsvr: _, id, request, ...keys } = data;
    const response = await this._request(String(request), keys).catch((error) => ({ result: "fail", error: error.message, ...error.response }));
    source.postMessage({ ...response, ivrsvr: "response", id }, origin);
  }
}

/** Whether a text is the origin of a site, such as https://crm.example.org. */
function isOrigin(text) {
  try {
    return new URL(text).origin === text && text !== "null";
  } catch {
    return false;
  }
}
