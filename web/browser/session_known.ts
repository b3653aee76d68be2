// What a page knows of its session, from answers that overtake one another. Pure.
//
// A refusal speaks of the session under which its question was sent. One that arrives after the next sign-in is old news:
// it must not ask for another.
export type Refusal = "ended" | "known" | "old";

export class SessionKnown {
  // Nothing may be done: signed out, or another account is signed in (`other`).
  away = false;
  other = "";
  // The user wants to sign in later: what the page asks for by itself does not ask them again.
  postponed = false;
  // How often that changed. Whoever asks the server takes it along, and compares.
  turn = 0;

  // The server refused what was asked at this turn.
  refused(askedAt: number): Refusal {
    if (this.away) return "known";
    if (askedAt !== this.turn) return "old";
    this.change(true);
    return "ended";
  }

  // Nothing of this page may be done in another's name.
  isAnothers(name: string): void {
    if (!this.away) this.change(true);
    this.other = name;
  }

  // True: it was away until now.
  cameBack(): boolean {
    if (!this.away) return false;
    this.change(false);
    this.other = "";
    return true;
  }

  private change(away: boolean): void {
    this.away = away;
    this.postponed = false;
    this.turn++;
  }
}
