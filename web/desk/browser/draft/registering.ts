// Registering a draft: what is open is confirmed, everything saved, a likely twin asked about, and what is missing said.
import { askSignIn, isSignedOut } from "../../../browser/session";
import { nameOf, textOf } from "./fields";
import { joinOffered } from "./joining";
import { refusedFor, registeringMeans } from "./rules";
import type { SavedDraft } from "./saved";
import { ask } from "./server";
import type { ShownDraft } from "./shown";

export class Registering {
  private underWay = false;

  constructor(
    private readonly shown: ShownDraft,
    private readonly saved: SavedDraft,
  ) {}

  // What stands in the fields when one registers is what one has seen: it is confirmed with it. `separate`: a person has
  // looked at the likely twin, and this is another matter.
  async register(separate = false): Promise<void> {
    // Pressed twice, it is done once.
    if (this.underWay) return;
    this.underWay = true;
    try {
      while (await this.tryOnce(separate));
    } finally {
      this.underWay = false;
    }
  }

  // One of the buttons below the question about a likely twin.
  answered(button: HTMLElement): void {
    this.shown.twin("");
    if (button.matches("[data-separate]")) void this.register(true);
    else if (button.matches("[data-join-it]")) joinOffered();
    else this.shown.toRegister();
  }

  // Returns whether to try once more.
  private async tryOnce(separate: boolean): Promise<boolean> {
    this.shown.tell("");
    this.shown.twin("");
    for (const field of this.shown.proposedFields()) this.saved.take(field, "confirmed");
    if (!(await this.saved.save())) {
      if (isSignedOut() && (await askSignIn())) return true;
      this.shown.toWrong();
      return false;
    }
    const button = this.shown.form.querySelector<HTMLButtonElement>("[data-register]");
    if (!button) return false;
    button.disabled = true;
    const asked = new Map(this.shown.fields().map((field) => [nameOf(field), textOf(field)]));
    const body = { version: this.saved.version, ...(separate && { separate }) };
    const answer = await ask(`/api/orders/${this.shown.number}/steps/register`, "POST", body, true);
    button.disabled = false;
    if (answer?.ok) {
      await this.shown.over();
      return false;
    }
    if (answer?.body.fields?.separate) {
      this.shown.twin(answer.body.fields.separate);
      return false;
    }
    const wrong = Object.entries(answer?.body.fields ?? {}).filter(([name]) => asked.has(name));
    for (const [name, said] of wrong) {
      // Hearing goes on: what was missing may be there by now.
      if (textOf(this.shown.field(name)!) === asked.get(name)) this.shown.wrong(name, said);
    }
    if (wrong.length) this.shown.refuse(refusedFor(this.shown.wrongLabels()));
    else this.shown.tell(registeringMeans(answer));
    if (answer?.status === 409) await this.saved.conflict([]);
    this.shown.toWrong();
    return false;
  }
}
