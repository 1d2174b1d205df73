import { only, type Ask } from "./asking.js";
import { PosternError } from "./errors.js";
import { refresh } from "./generated/operations.js";
import type { RefreshResult } from "./generated/schema.js";

// An answer that was lost is given again for 30 seconds (docs/sessions.md). Later, the same token looks like a thief's.
const PAUSES_MILLISECONDS = [300, 1000, 3000];
const PATIENCE_MILLISECONDS = 8000;
const LATEST_TRY_MILLISECONDS = 20_000;

/**
 * Trades a refresh token in, or the one in the cookie where none is given, and again where no answer has come. A browser
 * finishes it after the page is gone: the cookie is the next one from then on.
 */
export async function trade(ask: Ask, refreshToken: string | undefined): Promise<RefreshResult> {
  const variables = refreshToken ? { input: { refreshToken } } : {};
  const since = Date.now();
  for (let tries = 0; ; tries += 1) {
    try {
      return only(await ask(refresh, variables, { patience: PATIENCE_MILLISECONDS, keepalive: !refreshToken }));
    } catch (error) {
      const wait = PAUSES_MILLISECONDS[tries];
      const isLost = error instanceof PosternError && ["NETWORK", "UNEXPECTED"].includes(error.code);
      if (!isLost || wait === undefined || Date.now() - since > LATEST_TRY_MILLISECONDS) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
