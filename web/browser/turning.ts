// Text from the server that a script shows, without the controls that turn the text around them (as web/template_filters.py's
// `unturned` does for pages).
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function unturned<T>(value: T): T {
  if (typeof value === "string") return value.replace(TURNING, "") as T;
  if (Array.isArray(value)) return value.map(unturned) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unturned(inner)])) as T;
}
