// The order's page: a call about it; one's own telephone rings first.
import htmx from "htmx.org";

import { askCommand, type Command } from "../../browser/command";
import { forget } from "../../browser/unsent/unsent_text";

interface Said {
  order: string;
  words: string;
  bad: boolean;
}

// What became of the latest call: said again when this piece of the page is fetched again.
let said: Said | undefined;

function show(place: HTMLElement | null): void {
  if (!said || place?.closest<HTMLElement>("[data-order-calls]")?.dataset.orderCalls !== said.order) return;
  place.textContent = said.words;
  place.classList.toggle("bad", said.bad);
}

export function startOrderCalls(): void {
  htmx.onLoad((element) => show((element as HTMLElement).querySelector("[data-calls-say]")));
  // Enter after the reason: the form only keeps it, the button calls.
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLElement;
    if (!form.matches("[data-calls-form]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.closest("[data-order-calls]")!.querySelector<HTMLElement>("[data-call-for=citizen]")!.click();
  });
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button[data-call-for]");
    const place = button?.closest("[data-order-calls]")?.querySelector<HTMLElement>("[data-calls-say]");
    if (!button || !place) return;
    const number = button.closest<HTMLElement>("[data-order-calls]")!.dataset.orderCalls!;
    const say = (words: string, bad = false): void => {
      said = { order: number, words, bad };
      // The piece of page may have been fetched again meanwhile.
      show(place.isConnected ? place : document.querySelector("[data-calls-say]"));
    };
    const why = button.closest("[data-order-calls]")!.querySelector<HTMLInputElement>("[data-calls-why]");
    const reason = button.dataset.callFor === "citizen" && why ? why.value.trim() : "";
    if (why && button.dataset.callFor === "citizen" && !reason) {
      why.focus();
      return say("诉求人要求保密，请先写明为什么打这个电话。", true);
    }
    say("正在请电话系统呼叫……");
    button.disabled = true;
    const begun = (command: Command): string => {
      if (reason) forget(why!.form!);
      return `正在响您的电话（${command.phone}），请接起；接起后自动拨对方。`;
    };
    const path = `/api/orders/${number}/calls`;
    const which = Number(button.dataset.which) || null;
    void askCommand(
      path,
      { to: button.dataset.callFor, which, reason },
      say,
      "您的电话已接起，正在拨对方。",
      begun,
    ).finally(() => {
      button.disabled = false;
      // A try that failed stands in the order's story, where the page shows one.
      const story = document.getElementById("story");
      if (story) htmx.trigger(story, "refresh");
    });
  });
}
