// What was heard, and where the order would go: both are read from the server and shown in the form.
import { Latest } from "../../../browser/live/latest";
import { Ringer } from "../sound";
import {
  controlOf,
  nameOf,
  type Proposal,
  type Route,
  showDanger,
  showProposal,
  showRoute,
  stateOf,
  textOf,
} from "./fields";
import { fillMeans, isBlank } from "./rules";
import { ask } from "./server";
import type { ShownDraft } from "./shown";

export class ProposedDraft {
  // Answers may overtake one another: what was asked earlier is older news.
  private readonly reading = new Latest();
  private readonly routing = new Latest();
  private readonly alarm = new Ringer();

  constructor(private readonly shown: ShownDraft) {
    shown.listen(document.body, [`live:${shown.form.dataset.news ?? "proposals"}`], () => void this.refresh());
  }

  async route(): Promise<void> {
    const said = new URLSearchParams();
    for (const name of ["subject", "place_town", "place"]) {
      const field = this.shown.field(name);
      if (field) said.set(name, controlOf(field)!.value);
    }
    const turn = this.routing.ask();
    const answer = await ask(`/api/route?${said}`, "GET");
    const line = this.shown.form.querySelector<HTMLElement>("[data-route]");
    if (answer?.ok && line && this.routing.isNews(turn)) showRoute(line, answer.body as unknown as Route);
  }

  private async refresh(): Promise<void> {
    const { proposals, draftOf } = this.shown.form.dataset;
    const turn = this.reading.ask();
    const answer = await ask(proposals ?? `/api/calls/${encodeURIComponent(draftOf!)}/proposals`, "GET");
    if (!answer?.ok || !this.reading.isNews(turn)) return;
    const read = answer.body as unknown as { proposals: Proposal[] };
    const open = new Map(read.proposals.filter((one) => one.open).map((one) => [one.field, one]));
    if (showDanger(this.shown.form, open.get("danger") ?? null)) this.alarm.once();
    for (const field of this.shown.fields()) {
      const found = open.get(nameOf(field)) ?? null;
      const means = fillMeans(stateOf(field), isBlank(nameOf(field), textOf(field)), found !== null);
      if (means === "show") this.show(field, found);
      else if (means === "clear") this.show(field, null);
    }
    this.shown.changed();
    void this.route();
  }

  private show(field: HTMLElement, one: Proposal | null): void {
    // Filled meanwhile by hearing: the complaint about its emptiness is over.
    if (showProposal(field, one) && one?.sure) this.shown.wrong(nameOf(field), "");
  }
}
