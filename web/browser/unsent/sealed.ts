// What this browser keeps of unsent texts: by account, encrypted with a key that the server gives to this account's pages
// alone; where the browser cannot (no secure context) for this window only.
const PREFIX = "unsent:";

export const account = (): string => document.body.dataset.account ?? "";
export const store = (): Storage => (account() && window.crypto?.subtle ? localStorage : sessionStorage);
export const keyOfPath = (path: string): string => `${PREFIX}${account()}:${path}`;

// The paths that this account's unsent texts were to be sent to.
export function keptPaths(): string[] {
  const mine = keyOfPath("");
  return Object.keys(store()).flatMap((key) => (key.startsWith(mine) ? [key.slice(mine.length)] : []));
}

export function drop(whose: string): void {
  for (const place of [localStorage, sessionStorage])
    for (const key of Object.keys(place)) if (key.startsWith(`${PREFIX}${whose}:`)) place.removeItem(key);
}

async function key(): Promise<CryptoKey> {
  const raw = Uint8Array.from(atob(document.body.dataset.unsentTextKey!), (sign) => sign.charCodeAt(0));
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

export async function seal(text: string): Promise<string> {
  if (store() === sessionStorage) return text;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), new TextEncoder().encode(text)),
  );
  return btoa([...iv, ...sealed].map((byte) => String.fromCharCode(byte)).join(""));
}

// Undefined: not ours, or of a key that is gone.
export async function open(kept: string): Promise<string | undefined> {
  if (store() === sessionStorage) return kept;
  try {
    const bytes = Uint8Array.from(atob(kept), (sign) => sign.charCodeAt(0));
    const opened = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: bytes.slice(0, 12) },
      await key(),
      bytes.slice(12),
    );
    return new TextDecoder().decode(opened);
  } catch {
    return undefined;
  }
}
