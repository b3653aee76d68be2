/** Whether what somebody types means a name: a part of it, characters of it in their order, its pinyin or the initials. */
export interface Named {
  name: string;
  /** How it sounds, a syllable for each character, with blanks between. */
  sounds: string;
}

/** How well it fits, less is better; undefined: not at all. */
export function rank(typed: string, one: Named): number | undefined {
  const asked = typed.toLowerCase().replace(/\s+/g, "");
  if (!asked) return 0;
  const name = one.name.toLowerCase();
  if (name.startsWith(asked)) return 0;
  if (name.includes(asked)) return 1;
  if (isInOrder(asked, [...name])) return 2;
  if (!/^[a-z]+$/.test(asked)) return undefined;
  const syllables = one.sounds.split(" ");
  const initials = syllables.map((syllable) => syllable[0]).join("");
  if (initials.startsWith(asked)) return 3;
  if (initials.includes(asked)) return 4;
  if (begins(asked, syllables, false) !== undefined) return 5;
  // A short form begins early in the name and has its last word.
  const whole = begins(asked, syllables, true, true);
  const at = whole ?? begins(asked, syllables, true);
  return at === undefined ? undefined : (whole === undefined ? 7 : 6) + at / syllables.length;
}

/** Those that fit, the best first; equals as they came. */
export function fitting<T extends Named>(typed: string, all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, rank: rank(typed, one) }))
    .filter((found): found is { one: T; rank: number } => found.rank !== undefined)
    .sort((first, second) => first.rank - second.rank)
    .map((found) => found.one);
}

function isInOrder(asked: string, signs: string[]): boolean {
  let at = 0;
  for (const sign of signs) if (sign === asked[at]) at++;
  return at === asked.length;
}

// `zhujian`, `zhuj`, `zj`: each piece begins a syllable, later than the one before; `leaps`: not the very next one.
// `toEnd`: the last piece is the name's last syllable. The syllable that it begins with, the first one possible.
function begins(asked: string, syllables: string[], leaps: boolean, toEnd = false): number | undefined {
  const failed = new Set<string>();
  const from = (typed: number, syllable: number): boolean => {
    if (typed === asked.length) return !toEnd || syllable === syllables.length;
    const here = `${typed} ${syllable}`;
    if (failed.has(here)) return false;
    for (let at = syllable; at < syllables.length && ((leaps && typed > 0) || at === syllable); at++) {
      const sound = syllables[at]!;
      for (let length = Math.min(sound.length, asked.length - typed); length > 0; length--) {
        if (sound.startsWith(asked.slice(typed, typed + length)) && from(typed + length, at + 1)) return true;
      }
    }
    failed.add(here);
    return false;
  };
  const at = syllables.findIndex((_, first) => from(0, first));
  return at < 0 ? undefined : at;
}
