/** What is bad practice on the page as it is, a line each. loaded: nothing has happened on it but that it was loaded. */
async (loaded) => {
  const found = [];
  const bad = (what, ...where) => found.push([what, ...where].join(": "));
  const head = (selector) => document.head.querySelector(selector);

  if (document.compatMode !== "CSS1Compat" || document.characterSet !== "UTF-8") bad("no modern document");
  if (!document.documentElement.lang) bad("no language");
  if (!document.title.trim()) bad("no title");
  if (!head('meta[name="description"]')?.content) bad("no description");
  const viewport = head('meta[name="viewport"]')?.content ?? "";
  if (!viewport.includes("width=device-width") || /user-scalable|maximum-scale/.test(viewport)) bad("viewport", viewport);

  for (const { name } of performance.getEntriesByType("resource")) if (new URL(name).origin !== location.origin) bad("loaded from elsewhere", name);
  for (const picture of document.querySelectorAll("img")) if (!picture.width || !picture.height) bad("a picture without a size", picture.src);
  for (const link of document.querySelectorAll('a[target="_blank"]')) if (!/noopener/.test(link.rel)) bad("a link that hands the page over", link.href);

  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  ids.filter((id, index) => ids.indexOf(id) !== index).forEach((id) => bad("an id twice", id));

  // 24 pixels, as WCAG 2.5.8 has it; a link within a sentence and what only a screen reader meets are no targets for fingers.
  for (const one of document.querySelectorAll("button, a, input, select, textarea, summary, [role=button]")) {
    const label = one.matches("input[type=checkbox], input[type=radio], input[type=file]") ? one.closest("label") : null;
    const { width, height } = (label ?? one).getBoundingClientRect();
    if (!width || one.closest(".unseen, .skip, p") || !one.checkVisibility()) continue;
    if (width < 24 || height < 24) bad("too small for a finger", one.outerHTML.slice(0, 80), `${Math.round(width)} × ${Math.round(height)}`);
  }

  const seen = (type) =>
    new Promise((entries) => {
      const observer = new PerformanceObserver((list) => entries(list.getEntries()));
      observer.observe({ type, buffered: true });
      setTimeout(() => entries(observer.takeRecords()), 100);
    });
  const moved = (await seen("layout-shift")).filter((one) => !one.hadRecentInput).reduce((all, one) => all + one.value, 0);
  if (loaded && moved >= 0.1) bad("things move while the page loads", moved.toFixed(3));
  if (!performance.getEntriesByName("first-contentful-paint").length) bad("nothing was painted");

  await new Promise((told) => {
    const observer = new ReportingObserver((reports) => reports.forEach(({ body }) => bad("deprecated", body.id, body.message)), { types: ["deprecation", "intervention"], buffered: true });
    observer.observe();
    setTimeout(told, 50);
  });
  return found;
}
