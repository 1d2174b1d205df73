// The blocks of the repository's documents.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./server.mjs";

export { ROOT };

/** All of a document's, from top to bottom: their languages, first lines and texts. */
export function blocks(document) {
  const found = readFileSync(join(ROOT, document), "utf8").matchAll(/^```(\w*)\n([^]*?)^```$/gm);
  return [...found].map(([, language, text]) => ({ language, text, firstLine: text.split("\n")[0] }));
}

/** The one that begins so. */
export function block(document, firstLine) {
  const found = blocks(document).filter((one) => one.firstLine === firstLine);
  if (found.length !== 1) throw new Error(`${document} has ${found.length} blocks that begin with ${firstLine}`);
  return found[0].text;
}
