// Writes src/generated/ from schema.graphql: a type for whatever is asked for, and a document for every operation.
// `--check` writes nothing, and fails where something would change.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { buildSchema, getNamedType, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType } from "graphql";
import { isObjectType, isScalarType, isUnionType } from "graphql";

const SCALARS = { ID: "string", String: "string", Boolean: "boolean", Int: "number", DateTime: "string", JSON: "unknown" };
// What costs the server more than a row, or takes arguments: each is an operation of its own, `mySessions` and so on.
const ASKED_FOR_ALONE = { User: ["sessions", "secondFactors", "passkeys", "identities", "roles", "events", "exportMyData"] };
const ROOTS = ["Query", "Mutation", "Subscription"];

const source = readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8");
const schema = buildSchema(source);
// By the digest, tests/test_house.py sees without Node that these files are stale.
const HEAD = `// Made by scripts/generate.mjs from the schema.graphql of SHA-256\n// ${createHash("sha256").update(source).digest("hex")}\n`;
const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith("__") && !ROOTS.includes(type.name));
const members = new Set(types.filter(isUnionType).flatMap((union) => union.getTypes()));

const comment = (text, indent = "") => (text ? `${indent}/** ${text.trim().replaceAll("\n", `\n${indent} *  `)} */\n` : "");
const capital = (name) => name[0].toUpperCase() + name.slice(1);

/** The fields of a type that our documents ask for. A page of a connection comes as its nodes. */
const asked = (type) =>
  Object.values(type.getFields()).filter(
    (field) =>
      !ASKED_FOR_ALONE[type.name]?.includes(field.name) && !(type.name.endsWith("Connection") && field.name === "edges"),
  );

/** A GraphQL type as TypeScript has it. */
function typed(type) {
  if (isNonNullType(type)) return named(type.ofType);
  return `${named(type)} | null`;
}

function named(type) {
  if (!isListType(type)) return isScalarType(type) ? SCALARS[type.name] : type.name;
  const item = typed(type.ofType);
  return item.includes(" ") ? `(${item})[]` : `${item}[]`;
}

function inputFields(fields) {
  return fields.map((field) => {
    const optional = !isNonNullType(field.type) || field.defaultValue !== undefined;
    return `${comment(field.description, "  ")}  ${field.name}${optional ? "?" : ""}: ${typed(field.type)};\n`;
  });
}

function declared(type) {
  if (isUnionType(type)) return `export type ${type.name} = ${type.getTypes().map((member) => member.name).join(" | ")};\n`;
  if (isEnumType(type)) {
    const values = type.getValues().map((value) => `${comment(value.description, "  ")}  | "${value.name}"`);
    return `export type ${type.name} =\n${values.join("\n")};\n`;
  }
  if (isInputObjectType(type)) return type.isOneOf ? oneOf(type) : `export interface ${type.name} {\n${inputFields(Object.values(type.getFields())).join("")}}\n`;
  const typename = members.has(type) ? `  __typename: "${type.name}";\n` : "";
  const fields = asked(type).map((field) => `${comment(field.description, "  ")}  ${field.name}: ${typed(field.type)};\n`);
  return `export interface ${type.name} {\n${typename}${fields.join("")}}\n`;
}

/** An input of which exactly one field is given. */
function oneOf(type) {
  const names = Object.keys(type.getFields());
  const choices = Object.values(type.getFields()).map((field) => {
    const others = names.filter((name) => name !== field.name).map((name) => `${name}?: never`);
    return `${comment(field.description, "  ")}  | { ${[`${field.name}: ${named(field.type)}`, ...others].join("; ")} }`;
  });
  return `export type ${type.name} =\n${choices.join("\n")};\n`;
}

/** What is asked of a type, as a document has it. */
function selection(type) {
  if (isLeafType(type)) return "";
  if (isObjectType(type)) return `{${fieldsOf(type)}}`;
  const told = type.getTypes().map((member) => {
    const isProblem = member.getInterfaces().length > 0;
    const own = asked(member).filter((field) => !(isProblem && field.name === "message"));
    return own.length ? `...on ${member.name}{${own.map(written).join(" ")}}` : "";
  });
  // Whatever problem may come in a later version of the server has a message.
  const problem = type.getTypes().some((member) => member.getInterfaces().length) ? "...on Problem{message}" : "";
  return `{__typename ${told.join("")}${problem}}`;
}

const written = (field) => `${field.name}${selection(getNamedType(field.type))}`;
const fieldsOf = (type) => asked(type).map(written).join(" ");

function operation(kind, field, name = field.name, within = (text) => text, typeOf = (type) => `{ ${field.name}: ${type} }`) {
  const variables = field.args.map((arg) => `$${arg.name}:${arg.type}${arg.defaultValue === undefined ? "" : shown(arg.defaultValue)}`);
  const given = field.args.map((arg) => `${arg.name}:$${arg.name}`);
  const head = variables.length ? `${kind}(${variables.join(",")})` : kind === "query" ? "" : kind;
  const call = `${field.name}${given.length ? `(${given.join(",")})` : ""}${selection(getNamedType(field.type))}`;
  const text = `${head}{${within(call)}}`;
  const inputs = field.args.length ? `{ ${inputFields(field.args).map((line) => line.replace(/^ *\/\*\*.*\*\/\n/gm, "").trim()).join(" ")} }` : "Record<string, never>";
  return `${comment(field.description)}export const ${name} = ${JSON.stringify(text)} as Document<${typeOf(typed(field.type))}, ${inputs}>;\n`;
}

const shown = (value) => (value === null ? "=null" : `=${JSON.stringify(value)}`);

const mutations = Object.values(schema.getMutationType().getFields()).map((field) => operation("mutation", field));
const queries = Object.values(schema.getQueryType().getFields()).map((field) => operation("query", field));
const user = schema.getType("User").getFields();
const mine = ASKED_FOR_ALONE.User.map((name) => {
  const own = name.startsWith("export") ? name : `my${capital(name)}`;
  return operation("query", user[name], own, (call) => `me{${call}}`, (type) => `{ me: { ${name}: ${type} } | null }`);
});

const isDeclared = (type) => isUnionType(type) || isEnumType(type) || isInputObjectType(type) || (isObjectType(type) && !type.name.endsWith("Edge"));
const problem = schema.getType("Problem");
const problems = schema.getPossibleTypes(problem).map((type) => type.name);
const declarations = types.filter(isDeclared).map((type) => comment(type.description) + declared(type));
const all = `/** ${problem.description.split("\n")[0]} */\nexport type Problem = ${problems.join(" | ")};\n`;
const possible = Object.fromEntries([["Problem", problems], ...types.filter(isUnionType).map((union) => [union.name, union.getTypes().map((member) => member.name)])]);

const documents = [...queries, ...mine, ...mutations].join("\n");
const used = types.filter((type) => isDeclared(type) && new RegExp(`\\b${type.name}\\b`).test(documents.replace(/".*?" as/g, "").replace(/\/\*\*[^]*?\*\//g, "")));
const files = {
  "schema.ts": `${HEAD}\n${[...declarations, all].join("\n")}`,
  "operations.ts": `${HEAD}import type { Document } from "../document.js";\nimport type { ${used.map((type) => type.name).join(", ")} } from "./schema.js";\n\n${documents}`,
  "possible-types.ts": `${HEAD}\n/** Which types an interface or a union stands for, as Apollo's cache wants to know. */\nexport const possibleTypes: Record<string, string[]> = ${JSON.stringify(possible, null, 2)};\n`,
};

const folder = new URL("../src/generated/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const file = new URL(name, folder);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    console.error(`client/src/generated/${name} is stale: run make schema`);
    process.exitCode = 1;
  }
}
