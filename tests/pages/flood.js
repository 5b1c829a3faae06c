/** Tells the page of so many calls, as the server would: each comes and goes, or all stay. Counts what that costs. */
async ([count, stay]) => {
  const { Client } = await import("/ui/ivrsvr.js");
  const hear = Client.prototype._hear;
  const client = await new Promise((found) => {
    Client.prototype._hear = function (socket, data) {
      found(this);
      hear.call(this, socket, data);
    };
    document.querySelector('[data-key="dnd"]').click();
  });
  Client.prototype._hear = hear;

  const cost = { changes: 0, asked: 0, most: 0, pictures: 0 };
  new MutationObserver((records) => (cost.changes += records.length)).observe(document.body, {
    childList: true, subtree: true, characterData: true, attributes: true,
  });
  const send = client._socket.send.bind(client._socket);
  client._socket.send = (text) => {
    if (!/"(train desk|queryagentstate)"/.test(text)) cost.asked += 1; // what is asked from time to time
    if (!text.includes('"snapshot"')) send(text);
  };
  let watching = true;
  const watch = () => {
    cost.pictures += 1;
    cost.most = Math.max(cost.most, document.querySelectorAll("*").length);
    if (watching) requestAnimationFrame(watch);
  };
  watch();

  const monitor = client._monitors.get("101");
  const { since, epoch } = monitor;
  let eventid = since;
  const say = (event) =>
    hear.call(client, client._socket, JSON.stringify({ msgtype: "event", monitored: "101", epoch, eventid: ++eventid, time: 1424044800, ...event }));
  const turn = () =>
    new Promise((next) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = next;
      port2.postMessage(0);
    });
  for (let callid = 1; callid <= count; callid++) {
    say({ eventtype: "offer", callid, calling: `6${callid}`, called: "101", alerting: "101", ucid: `0000${callid}` });
    if (!stay) {
      say({ eventtype: "disconnect", callid, releasing: "101" });
      say({ eventtype: "idle" });
    }
    if (callid % 250 === 0) await turn();
  }
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  watching = false;
  monitor.since = since;
  return cost;
}
