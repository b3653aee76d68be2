// What may be said with one tap. Pure.
import type { Crew } from "./stages";
import type { Words } from "./store";

// The phrases describe work that succeeded: unchanged, none goes out with "not solved".
export function claimsMore(words: Words, phrases: Crew["phrases"]): boolean {
  const done = words.done.trim();
  const answer = words.public_answer.trim();
  return words.solved === false && phrases.some((one) => one.done === done || one.public_answer === answer);
}
