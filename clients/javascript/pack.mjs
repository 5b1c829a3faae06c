/** Copies what browsers get from the server itself into the package; git knows only the one source. */

import { copyFileSync } from "node:fs";

const source = new URL("../../ivrsvr/interfaces/http/pages/static/", import.meta.url);
for (const name of ["ivrsvr.js", "requests.js"]) copyFileSync(new URL(name, source), new URL(name, import.meta.url));
