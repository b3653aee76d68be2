// The order's page: a call about it; one's own telephone rings first.
import { askDeed } from "./deed";

export function startOrderCalls(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button[data-call-for]");
    const place = button?.closest("[data-order-calls]")?.querySelector<HTMLElement>("[data-calls-say]");
    if (!button || !place) return;
    const say = (words: string, bad = false): void => {
      place.textContent = words;
      place.classList.toggle("bad", bad);
    };
    const why = button.closest("[data-order-calls]")!.querySelector<HTMLInputElement>("[data-calls-why]");
    const reason = button.dataset.callFor === "citizen" && why ? why.value.trim() : "";
    if (why && button.dataset.callFor === "citizen" && !reason) {
      why.focus();
      return say("来电人要求保密，请先写明为什么打这个电话。", true);
    }
    say("先响您的话机，请接起；接起后即拨对方。");
    const number = button.closest<HTMLElement>("[data-order-calls]")!.dataset.orderCalls!;
    button.disabled = true;
    void askDeed(`/api/orders/${number}/calls`, { to: button.dataset.callFor, reason }, say, "您的话机已接起，正在拨对方。").finally(
      () => (button.disabled = false),
    );
  });
}
