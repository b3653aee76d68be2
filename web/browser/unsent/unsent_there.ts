// What is written in an order's step is kept on the server as well, for its writer alone: it is there at another computer,
// and after this browser's store is gone. Asked for in silence; sending the form is never held up by it.

import { signedFetch } from "../session";
import { controls, isTick } from "./form_values";

const PAUSE_MS = 2000;
// A server that does not answer holds up no step that is sent meanwhile.
const PATIENCE_MS = 8000;
// As much as a browser sends while its page goes away.
const AWAY_BYTES = 60_000;

// The fields that were written in since the page came.
const touched = new WeakMap<HTMLFormElement, Set<string>>();
const waiting = new Map<HTMLFormElement, ReturnType<typeof setTimeout>>();
const elsewhere = new WeakSet<HTMLFormElement>();
let sending: Promise<void> = Promise.resolve();

// `kept` is called when the server has it.
export function keepThereSoon(form: HTMLFormElement, names: Iterable<string>, kept: () => void): void {
  if (!form.dataset.unsentAt || elsewhere.has(form)) return;
  touched.set(form, new Set([...(touched.get(form) ?? []), ...names]));
  clearTimeout(waiting.get(form));
  waiting.set(
    form,
    setTimeout(() => push(form, kept), PAUSE_MS),
  );
}

// The page is put aside, or left: what waits goes now, but not what is being sent.
export function keepThereNow(kept: (form: HTMLFormElement) => void): void {
  for (const form of waiting.keys()) if (!form.dataset.sent) push(form, () => kept(form), true);
}

// Nothing of this form is on its way any more: its step may be sent.
export async function nothingUnderWay(form: HTMLFormElement): Promise<void> {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  await sending;
}

export async function dropThere(form: HTMLFormElement): Promise<void> {
  if (!form.dataset.unsentAt) return;
  await nothingUnderWay(form);
  touched.delete(form);
  const answer = await fetch(form.dataset.unsentAt, { method: "DELETE", headers: { Accept: "application/json" } });
  if (answer.ok) delete form.dataset.writtenAt;
}

function push(form: HTMLFormElement, kept: () => void, away = false): void {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  sending = sending.then(() => put(form, kept, away)).catch(() => {});
}

async function put(form: HTMLFormElement, kept: () => void, away: boolean): Promise<void> {
  if (!form.isConnected || form.dataset.checking || form.dataset.sent) return;
  const body = JSON.stringify({ fields: fieldsOf(form), seen: form.dataset.writtenAt ?? null });
  const keepalive = away && new Blob([body]).size < AWAY_BYTES;
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await signedFetch(form.dataset.unsentAt!, { method: "PUT", headers, body, keepalive, signal });
  const said = (await answer.json().catch(() => ({}))) as { written_at?: string; detail?: string };
  if (answer.status === 409) {
    elsewhere.add(form);
    tell(form, said.detail ?? "");
  }
  if (!answer.ok) return;
  form.dataset.writtenAt = said.written_at;
  kept();
}

function fieldsOf(form: HTMLFormElement): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  for (const control of controls(form)) {
    if (!touched.get(form)?.has(control.name)) continue;
    fields[control.name] ??= [];
    if (!isTick(control) || control.checked) fields[control.name]!.push(control.value);
  }
  return fields;
}

function tell(form: HTMLFormElement, words: string): void {
  const note = document.createElement("p");
  note.className = "note warn";
  note.setAttribute("role", "status");
  note.textContent = words;
  form.prepend(note);
}
