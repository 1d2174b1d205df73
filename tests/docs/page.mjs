// What a browser's page has and Node has not: its address, here that of the newest letter's link, and what a tab keeps.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const KEPT = "sessionStorage.json"; // from one script to the next
const kept = existsSync(KEPT) ? JSON.parse(readFileSync(KEPT)) : {};

globalThis.location = new URL(process.env.NEWEST_LINK);
Object.defineProperty(globalThis, "sessionStorage", {
  value: {
    getItem: (name) => kept[name] ?? null,
    setItem: (name, value) => writeFileSync(KEPT, JSON.stringify(Object.assign(kept, { [name]: value }))),
  },
});
