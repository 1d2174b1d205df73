// What a browser's page has and Node has not: an address, here that of the newest letter's link, an origin, and cookies that
// stay from one script to the next.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const JAR = "cookies.json";
const jar = existsSync(JAR) ? JSON.parse(readFileSync(JAR)) : {};
const send = globalThis.fetch;

globalThis.location = new URL(process.env.NEWEST_LINK);
globalThis.fetch = async (address, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set("Origin", location.origin);
  if (init.credentials === "include") headers.set("Cookie", Object.entries(jar).map((pair) => pair.join("=")).join("; "));
  const response = await send(address, { ...init, headers });
  for (const cookie of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
    if (/max-age=0/i.test(cookie)) delete jar[name];
    else jar[name] = value;
  }
  writeFileSync(JAR, JSON.stringify(jar));
  return response;
};
