// What needs a script: the browser is asked for a passkey, and a form brings its answer. Everything else works without.

const forms = [...document.querySelectorAll("form[data-passkey]")].filter(isUsable);
let suggesting; // the question that waits behind the suggestions: a browser asks one at a time

function isUsable({ dataset }) {
  const known = !dataset.origins || dataset.origins.split(" ").includes(location.origin);
  return known && Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);
}

async function asked(form, more) {
  const options = JSON.parse(form.dataset.options);
  const publicKey = form.dataset.passkey === "create"
    ? PublicKeyCredential.parseCreationOptionsFromJSON(options)
    : PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return navigator.credentials[form.dataset.passkey]({ publicKey, ...more });
}

function bring(form, credential) {
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  form.submit(); // not requestSubmit: nobody is to be asked again
}

async function suggest(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  suggesting = new AbortController();
  try {
    bring(form, await asked(form, { mediation: "conditional", signal: suggesting.signal }));
  } catch {
    // Nobody has chosen one, which is what mostly happens.
  }
}

for (const form of forms) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector(".wrong");
    failed.hidden = true;
    suggesting?.abort();
    try {
      bring(form, await asked(form));
    } catch {
      failed.hidden = false;
    }
  });
  if ("conditional" in form.dataset) suggest(form);
}

if (forms.length) {
  document.querySelectorAll(".scripted").forEach((element) => (element.hidden = false));
  document.querySelectorAll(".unscripted").forEach((element) => (element.hidden = true));
}
