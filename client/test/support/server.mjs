// A real Postern in development, in a process of its own: SQLite, the mailbox, a free port.
import { execFile, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createPostern } from "../../dist/index.js";
import { confirmTotp, startTotp } from "../../dist/operations.js";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const PASSWORD = "a quiet gate at dusk";
const PYTHON = join(ROOT, ".venv/bin/python");
const PATIENCE_MILLISECONDS = 60_000; // a loaded machine is slow
const LIMITS = "ACCOUNT DEVICE ADDRESS".split(" ").map((of) => `LOGIN_LIMIT_PER_${of}`);
const MORE_LIMITS = ["SECOND_FACTOR_LIMIT", "LOGIN_CODE_LIMIT", "MAIL_LIMIT_PER_ADDRESS", "MAIL_LIMIT_PER_RECIPIENT", "LINK_LIMIT_PER_ADDRESS"];
const CHEAP = {
  ARGON2_MEMORY_KIB: "8",
  ARGON2_TIME_COST: "1",
  LOGIN_CODES: "true",
  ...Object.fromEntries([...LIMITS, ...MORE_LIMITS].map((name) => [name, "100000 per second"])),
};

/** Comes back with the first truth that a question gets. */
export async function until(question) {
  const end = Date.now() + PATIENCE_MILLISECONDS;
  while (Date.now() < end) {
    const answer = await question();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`gave up waiting for ${question}`);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server that runs until the file's tests are over; `start` and `stop` are for those that have it go away. */
export async function serve(settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), "postern-client-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { PATH: process.env.PATH, PORT: String(port), DATA_DIR: folder, ...CHEAP, ...settings };
  let child;
  const server = {
    url,
    async start() {
      child = spawn(PYTHON, [join(ROOT, "main.py")], { cwd: folder, env, stdio: "ignore" });
      await until(async () => {
        if (child.exitCode !== null) throw new Error("the server has ended");
        return (await fetch(`${url}/readyz`).catch(() => null))?.ok;
      });
    },
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
    /** `postern …`, on its database. */
    command: (...words) => promisify(execFile)(PYTHON, ["-m", "cli", ...words], { cwd: ROOT, env: { ...env, PYTHONPATH: ROOT } }),
    /** What follows `token=` or `code=` in the newest letter to an address, once there are so many. */
    async letter(email, count = 1) {
      const mailbox = join(folder, "mailbox");
      return until(async () => {
        const names = (await readdir(mailbox).catch(() => [])).filter((name) => name.endsWith(".eml")).sort();
        const letters = (await Promise.all(names.map((name) => readFile(join(mailbox, name), "utf8")))).filter((text) => text.includes(`To: ${email}`));
        return letters.length >= count && /(?:token|code)=(?:3D)?([\w-]+)/.exec(letters.at(-1).replaceAll("=\n", "").replaceAll("=\r\n", ""))?.[1];
      });
    },
  };
  await server.start();
  after(async () => {
    if (child.exitCode === null && child.signalCode === null) await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return server;
}

/** Somebody who has registered and confirmed. */
export async function somebody(server, email) {
  const postern = createPostern({ url: server.url, transport: "token" });
  await postern.register({ email, password: PASSWORD });
  await postern.confirmEmail({ token: await server.letter(email) });
  return { email, password: PASSWORD };
}

/** The six digits that an authenticator app with this secret shows. */
export function totp(secret, steps = 0) {
  const bits = [...secret].map((sign) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", key).update(counter).digest();
  const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** Switches an authenticator app on; gives back its secret and the recovery codes. */
export async function setUpTotp(postern) {
  const { startTotp: started } = await postern.request(startTotp, {});
  const { confirmTotp: confirmed } = await postern.request(confirmTotp, { input: { code: totp(started.secret) } });
  return { secret: started.secret, recoveryCodes: confirmed.recoveryCodes };
}
