// What a crew says when it is done: a phrase of its trade or its own words, whether it is solved, the photo.
import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { claimsMore } from "./phrases";
import type { Crew, Order } from "./stages";
import type { Hand, Seen } from "./view";

export function picked(event: Event, take: (file: File) => void): void {
  const input = event.target as HTMLInputElement;
  const file = input.files?.[0];
  if (file) take(file);
  input.value = "";
}

export function finishing(order: Order, crew: Crew, seen: Seen, hand: Hand): TemplateResult {
  const words = seen.words[order.number] ?? {
    title: order.title,
    at: 0,
    done: "",
    public_answer: "",
    solved: undefined,
  };
  const photographed = seen.outbox.some((item) => item.order === order.number && item.file?.kind === "photo_after");
  const wanted = order.photo_wanted && !photographed;
  const claims = claimsMore(words, crew.phrases);
  const write = (event: Event): void => {
    const form = new FormData((event.target as HTMLInputElement).form as HTMLFormElement);
    const [done, public_answer] = [String(form.get("done")), String(form.get("public_answer"))];
    hand.write(order.number, {
      title: order.title,
      at: Date.now(),
      done,
      public_answer,
      solved: form.has("solved") ? form.get("solved") === "yes" : undefined,
    });
  };
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (words.solved === undefined || claims) return;
    if (wanted && !confirm("还没有拍处理后照片。没有照片也提交吗？")) return;
    hand.action("done", order, {
      done: words.done.trim(),
      public_answer: words.public_answer.trim(),
      solved: words.solved,
    });
  };
  const uid = `finish-${order.number}`;
  return html`<form class="finish" @submit=${send} @input=${write}>
    <div class="phrases" role="group" aria-label="常用语">${crew.phrases.filter((phrase) => !phrase.trade || phrase.trade === order.trade).map((phrase) => html`<button type="button" @click=${() => hand.phrase(order, phrase)}>${phrase.done}</button>`)}</div>
    ${seen.taken === order.number ? html`<p class="note warn" role="status">已经写了内容，不会覆盖；清空后可以选常用语。</p>` : nothing}
    <label for="${uid}-done">办理情况</label><textarea id="${uid}-done" name="done" rows="2" required .value=${live(words.done)}></textarea>
    <label for="${uid}-answer">公开答复（告诉诉求人）</label><textarea id="${uid}-answer" name="public_answer" rows="3" required .value=${live(words.public_answer)}></textarea>
    <p class="solved"><label><input type="radio" name="solved" value="yes" required .checked=${live(words.solved === true)} />已解决</label><label><input type="radio" name="solved" value="no" required .checked=${live(words.solved === false)} />还没有解决</label></p>
    ${claims ? html`<p class="note warn" role="status">常用语写的是已经办好，和“还没有解决”对不上：请改成实际情况，再提交。</p>` : nothing}
    ${wanted ? html`<p class="note warn" role="status">这类事项要有处理后照片，请先拍：</p><label class="button">拍处理后照片<input type="file" accept="image/*" capture="environment" @change=${(event: Event) => picked(event, (file) => hand.file(order, "photo_after", file))} /></label>` : nothing}
    <button class="primary next">办完，提交答复</button>
    <button type="button" class="wide" @click=${() => hand.finish("")}>返回</button>
  </form>`;
}
