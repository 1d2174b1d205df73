// Fastify and Mercurius as their documentation has them; JIT=1 compiles operations.
import jwt from "@fastify/jwt";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const owner = {
  name: "owner", // prepared once a connection
  text: `SELECT u.id, u.email, u.name, u.locale FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.id = $1 AND s.expires_at > now()`,
};

const app = Fastify();
app.register(jwt, { secret: process.env.SECRET, verify: { algorithms: ["HS256"], cache: true } });
app.register(mercurius, {
  schema: `
    type User { id: ID! email: String! name: String locale: String! }
    type Query { me: User }
  `,
  resolvers: {
    Query: {
      async me(_, __, { request }) {
        const { sid } = await request.jwtVerify();
        return (await pool.query({ ...owner, values: [sid] })).rows[0];
      },
    },
  },
  context: (request) => ({ request }),
  jit: process.env.JIT ? 1 : 0,
});
await app.listen({ host: "127.0.0.1", port: 0 });
