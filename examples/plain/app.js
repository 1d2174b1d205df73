import { createPostern } from "./postern/index.js";
import { confirmTotp, startTotp } from "./postern/operations.js";

const SERVER = "http://127.0.0.1:8000";
const postern = createPostern({ url: SERVER, transport: "cookie" });
const $ = (id) => document.getElementById(id);
const say = (text) => ($("status").textContent = text);
const fails = (error) => say(error.message);

function show(what) {
  for (const section of document.querySelectorAll("section")) section.hidden = section.dataset.when !== what;
}

/** What a result has to say: its own sentence, and one for each input that is not right. */
const sentence = (result) => [result.message, ...(result.errors ?? []).map((error) => error.message)].join(" ");

/** Has a form do this with its values, and say what is broken. */
function on(form, submit) {
  $(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    button.disabled = true;
    await submit(Object.fromEntries(new FormData(event.target)), event.target).catch(fails);
    button.disabled = false;
  });
}

postern.session.subscribe(async ({ status }) => {
  $("recovery-codes").hidden = $("confirm").hidden = true;
  show(status);
  if (status === "signedOut") say("Nobody is signed in.");
  if (status !== "signedIn") return;
  const me = await postern.me().catch(fails);
  if (me?.email) {
    $("email").textContent = me.email;
    say("Welcome!");
  }
});

on("register", async (input, form) => {
  const result = await postern.register(input);
  if (result.__typename === "Registered") form.reset();
  say(result.__typename === "Registered" ? `We have written to ${result.email}. Its link confirms the address.` : sentence(result));
});

on("login", async (input, form) => {
  const result = await postern.login(input);
  if (result.__typename === "LoggedIn" || result.__typename === "SecondFactorNeeded") form.reset();
  if (result.__typename === "SecondFactorNeeded") show("secondFactor");
  if (result.__typename !== "LoggedIn") say(sentence(result));
});

on("proof", async ({ totpCode, rememberDevice }, form) => {
  const result = await postern.completeLogin({ proof: { totpCode }, rememberDevice: rememberDevice === "on" });
  form.reset();
  if (result.__typename !== "LoggedIn") say(sentence(result));
});

on("confirm", async (input, form) => {
  const { confirmTotp: result } = await postern.request(confirmTotp, { input });
  form.reset();
  if (result.__typename !== "TotpConfirmed") return say(sentence(result));
  form.hidden = true;
  $("recovery-codes").hidden = false;
  $("recovery-codes").textContent = (result.recoveryCodes ?? []).join("\n");
  say("Logins ask for a code from now on. Put the recovery codes away.");
});

async function setUp() {
  const { startTotp: result } = await postern.request(startTotp, {});
  if (result.__typename !== "TotpStarted") return say(sentence(result));
  $("qr-code").src = result.qrCode;
  $("secret").textContent = result.secret;
  $("confirm").hidden = false;
}

$("set-up").addEventListener("click", () => setUp().catch(fails));
$("back").addEventListener("click", () => show("signedOut"));
$("logout").addEventListener("click", () => postern.logout().catch(fails));
await postern.resume().catch(fails);
