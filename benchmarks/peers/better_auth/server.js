// Better Auth on Node's own server, with the joins that its guide to performance asks for.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import pg from "pg";

const options = {
  baseURL: "http://127.0.0.1",
  secret: process.env.SECRET,
  database: new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 }),
  emailAndPassword: { enabled: true },
  user: { additionalFields: { locale: { type: "string", defaultValue: "en" } } },
  rateLimit: { enabled: false }, // or nothing could be measured
  advanced: { database: { joins: true } },
  telemetry: { enabled: false },
};
await (await getMigrations(options)).runMigrations();
createServer(toNodeHandler(betterAuth(options))).listen(0, "127.0.0.1");
