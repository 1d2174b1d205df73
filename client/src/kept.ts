import type { PosternOptions } from "./options.js";

/** What is kept from one visit to the next, where no cookie does that. */
export interface Kept {
  refreshToken?: string;
  /** Names the device to the account that was used on it last; outlives sessions. */
  deviceToken?: string;
}

/** Where it is kept: in `storage`, and in memory once that takes no more. Reading throws what the storage throws. */
export function keeper({ storage, name = "postern" }: PosternOptions): { read(): Promise<Kept>; write(kept: Kept): Promise<void> } {
  let memory: Kept | undefined = storage ? undefined : {};
  return {
    async read() {
      return memory ?? parsed(await storage!.getItem(name));
    },
    async write(kept) {
      if (memory) memory = kept;
      else {
        try {
          await storage!.setItem(name, JSON.stringify(kept));
        } catch {
          // Full, or not allowed. What is still there was traded in: to send it again would look like a thief.
          memory = kept;
          try {
            await storage!.removeItem(name);
          } catch {
            // Nothing can be done about it.
          }
        }
      }
    },
  };
}

function parsed(text: string | null): Kept {
  try {
    const { refreshToken, deviceToken } = JSON.parse(text ?? "{}");
    return {
      ...(typeof refreshToken === "string" && { refreshToken }),
      ...(typeof deviceToken === "string" && { deviceToken }),
    };
  } catch {
    return {}; // somebody else's, under the same name
  }
}
