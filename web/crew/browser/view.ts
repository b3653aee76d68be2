// What the crew sees: one thumb, one next button for each order, and plainly what waits and what was refused.
import { html, nothing, render, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { copyText } from "../../browser/copy";
import { clockTime, dayTime } from "../../browser/instants";
import { finishing, picked } from "./finishing";
import { type Crew, isOnShift, nextAction, type Order, STAGES, type Stage, stageOf } from "./stages";
import type { ActionName, FileKind, Item, Words } from "./store";
import { isUnsent, type OutboxItem } from "./taken";

export interface Seen {
  crew: Crew | undefined;
  outbox: OutboxItem[];
  foreign: number;
  offline: boolean;
  ailing: boolean;
  signedOut: boolean;
  shown: string[];
  moved: Set<string>;
  opened: string;
  finishing: string;
  // The order that one says one cannot go to.
  declining: string;
  words: Record<string, Words>;
  // The order whose text a phrase would have covered.
  taken: string;
  recording: string;
  reminders: "unknown" | "off" | "on" | "refused";
  // This page does not know where the phone is.
  unplaced: boolean;
  wrong: string;
}

export interface Hand {
  action(action: ActionName, order?: Order, fields?: Record<string, string | boolean>): void;
  file(order: Order, kind: FileKind, file: File): void;
  voice(order: Order): void;
  open(number: string): void;
  finish(number: string): void;
  decline(number: string): void;
  write(number: string, words?: Words): void;
  phrase(order: Order, phrase: Phrase): void;
  forgive(item: Item): void;
  correct(item: Item): void;
  again(item: Item): void;
  save(item: Item): void;
  remind(): void;
}

type Phrase = Crew["phrases"][number];

const ACTIONS: Record<ActionName, string> = {
  start_shift: "上班",
  end_shift: "下班",
  accept: "接单",
  on_the_way: "出发",
  there: "到达现场",
  report: "补充情况",
  done: "办完",
  decline: "不能前往",
};
const FILES: Record<FileKind, string> = { photo_before: "处理前照片", photo_after: "处理后照片", voice: "语音" };

const what = (item: Item): string => (item.file ? FILES[item.file.kind] : ACTIONS[item.action as ActionName]);
export function age(instant: string, now: number = Date.now()): string {
  const minutes = Math.max(0, Math.floor((now - Date.parse(instant)) / 60_000));
  if (minutes < 1) return "刚刚";
  return minutes < 60 ? `${minutes}分钟` : `${Math.floor(minutes / 60)}小时${minutes % 60}分钟`;
}

export function show(element: HTMLElement, seen: Seen, hand: Hand, tiles: string): void {
  if (element.hasAttribute("aria-busy")) element.replaceChildren();
  element.removeAttribute("aria-busy");
  render(page(seen, hand, tiles), element);
}

function page(seen: Seen, hand: Hand, tiles: string): TemplateResult {
  const { crew, outbox } = seen;
  return html`
    ${notifications(seen, hand)}
    ${crew ? [shift(crew, seen, hand), orders(crew, outbox, seen, hand, tiles)] : nothingYet(seen)}
  `;
}

// On a phone that has kept nothing: what is above says why, unless the server has not been heard of.
function nothingYet({ offline, ailing, signedOut }: Seen): TemplateResult | typeof nothing {
  if (offline) return html`<p class="note">这部手机上还没有保存的派单，连上网络后会自动打开。</p>`;
  return ailing || signedOut ? nothing : html`<p class="note" aria-busy="true">正在打开…</p>`;
}

function notifications(
  { crew, outbox, foreign, offline, ailing, signedOut, words, wrong }: Seen,
  hand: Hand,
): TemplateResult {
  const stage = (number?: string): Stage | undefined => {
    const order = crew?.orders.find((one) => one.number === number);
    return order && crew ? stageOf(order, crew, outbox) : undefined;
  };
  const isOpen = (item: Item): boolean => stage(item.order) === "there";
  // Written for an order that this crew cannot finish now.
  const unplaced = Object.entries(words).filter(
    ([number, one]) => crew && (one.done || one.public_answer) && ["aside", undefined].includes(stage(number)),
  );
  const unsent = outbox.filter(isUnsent);
  const waiting = unsent.filter((item) => item.trouble === undefined);
  const stuck = unsent.filter((item) => item.trouble !== undefined);
  const refused = outbox.filter((item) => item.refused !== undefined);
  return html`
    <div class="crew-net" role="status">
      ${signedOut ? html`<p class="net bad">登录已过期，<a href="/sign-in?next=/crew">请重新登录</a>。已记下的事都还在，登录后自动发送。</p>` : nothing}
      ${offline ? html`<p class="net off">没有网络${crew ? html`，显示的是 ${clockTime(crew.at)} 的内容` : nothing}。照常办理，连上后自动发送。</p>` : nothing}
      ${ailing ? html`<p class="net off">服务器暂时出错${crew ? html`，显示的是 ${clockTime(crew.at)} 的内容` : nothing}。照常办理，会自动再试。</p>` : nothing}
      ${
        stuck.length
          ? html`<div class="net bad stuck"><p>${stuck.length}件没有送到，都还在手机里，会自动再试：</p>
            <ul>${stuck.map((item) => html`<li>${clockTime(item.at)} ${what(item)}${item.title ? html` · ${item.title}` : nothing}：${item.trouble}，已试${item.tries}次 <button @click=${() => hand.again(item)}>现在再试</button></li>`)}</ul></div>`
          : nothing
      }
      ${
        waiting.length
          ? html`<details class="net wait"><summary>${waiting.length}件等待发送</summary>
            <ul>${waiting.map((item) => html`<li>${clockTime(item.at)} ${what(item)}${item.title ? html` · ${item.title}` : nothing}</li>`)}</ul></details>`
          : nothing
      }
      ${foreign ? html`<p class="net wait">这部手机上还有另一账号的${foreign}件等待发送，请那位同事登录后发送。</p>` : nothing}
      ${wrong ? html`<p class="net bad" role="alert">${wrong}</p>` : nothing}
    </div>
    ${refused.map(
      (item) => html`<section class="card refused" role="alert">
        <h2>没有办成：${what(item)}${item.title ? html` · ${item.title}` : nothing}</h2>
        <p>${item.refused}</p>
        <p class="note">${clockTime(item.at)} 在手机上办的${item.order ? html` · ${item.order}` : nothing}</p>
        ${
          item.file
            ? html`<p class="note">照片或录音还在手机里。可以再发一次，或者保存到手机相册。</p>
              <p class="decide"><button @click=${() => hand.again(item)}>再发一次</button><button @click=${() => hand.save(item)}>保存到手机</button><button @click=${() => confirm("删除后就找不回来了。确定删除吗？") && hand.forgive(item)}>删除</button></p>`
            : item.fields
              ? html`${item.fields.note ? html`<p>${item.fields.note}</p>` : written(String(item.fields.done), String(item.fields.public_answer))}
                <p class="decide">${isOpen(item) && item.action === "done" ? html`<button class="primary" @click=${() => hand.correct(item)}>改一改再交</button>` : nothing}${item.action === "done" ? copying(item.fields) : nothing}<button @click=${() => confirm("删除后就找不回来了。确定删除吗？") && hand.forgive(item)}>删除</button></p>`
              : html`<button @click=${() => hand.forgive(item)}>知道了</button>`
        }
      </section>`,
    )}
    ${unplaced.map(
      ([number, words]) => html`<section class="card kept-text">
        <p>您写的“${words.title || number}”办理情况还没有提交，这张派单现在不能办完。可以复制到别处用：</p>
        ${written(words.done, words.public_answer)}
        <p class="decide">${copying(words)}<button @click=${() => confirm("删除后就找不回来了。确定删除吗？") && hand.write(number)}>不要了</button></p>
      </section>`,
    )}
  `;
}

const written = (done: string, answer: string): TemplateResult => html`<dl>
  ${done ? html`<dt>办理情况</dt><dd>${done}</dd>` : nothing}${answer ? html`<dt>公开答复</dt><dd>${answer}</dd>` : nothing}
</dl>`;

function copying(words: { done?: unknown; public_answer?: unknown }): TemplateResult {
  const copy = (event: Event): void => {
    const button = event.target as HTMLElement;
    void copyText(`${words.done}\n\n${words.public_answer}`).then(
      (done) => (button.textContent = done ? "已复制" : "请长按文字复制"),
    );
  };
  return html`<button @click=${copy}>复制</button>`;
}

function shift(crew: Crew, seen: Seen, hand: Hand): TemplateResult {
  const on = isOnShift(crew, seen.outbox);
  const position = crew.position;
  return html`<section class="crew-shift ${on ? "on" : "off"}">
    <div>
      <h1>${crew.unit}</h1>
      <p>${on ? (crew.status_name === "未上班" ? "待命" : crew.status_name) : "未上班"}${on && crew.since ? html` · ${age(crew.since)}` : nothing}${on && crew.minutes_over !== null ? html` <b class="over">已超过${crew.minutes_over}分钟</b>` : nothing}</p>
      ${on ? html`<p class="small">${position ? html`位置 ${age(position.taken_at)}${age(position.taken_at) === "刚刚" ? "" : "前"}，误差${Math.round(position.accuracy_metres)}米${position.fresh ? nothing : html` <b class="over">已过时，不用于派单</b>`}` : "还没有位置"}</p>` : html`<p class="small">下班后不上报位置</p>`}
    </div>
    <button class="${on ? "" : "primary"}" @click=${() => hand.action(on ? "end_shift" : "start_shift")}>${on ? "下班" : "上班"}</button>
    ${on && seen.unplaced ? html`<p class="small over">手机不允许这个页面用定位，按位置派单时找不到您：请在手机和浏览器的设置中打开。</p>` : nothing}
    ${on && seen.reminders === "off" && crew.web_push_key ? html`<button class="remind" @click=${() => hand.remind()}>开启新单提醒（关着页面也响）</button>` : nothing}
    ${on && crew.reminder_trouble ? html`<p class="small over">新单提醒没有送到手机：${crew.reminder_trouble}</p>` : nothing}
    ${on && seen.reminders === "refused" && crew.web_push_key ? html`<p class="small">手机不允许这个页面发通知，请在浏览器设置中打开。</p>` : nothing}
  </section>`;
}

// What is in hand comes first; only a new emergency comes before it.
const RANKS: Record<Stage, number> = { there: 1, on_the_way: 1, new: 2, accepted: 3, aside: 4, declined: 5, done: 6 };
const rank = (order: Order, stage: Stage): number =>
  stage === "new" && order.urgency === "emergency" ? 0 : RANKS[stage];

// The numbers of the orders as they are to stand below one another. What stands keeps its place, whatever becomes of it,
// so that nothing slips under the thumb; a new emergency goes first, other new ones last. `shown` empty: all by rank.
export function arrange(crew: Crew, outbox: Item[], shown: string[]): string[] {
  const ranked = crew.orders
    .map((order) => ({ order, rank: rank(order, stageOf(order, crew, outbox)) }))
    .sort((a, b) => a.rank - b.rank || (a.order.due_at ?? "~").localeCompare(b.order.due_at ?? "~"));
  const fresh = ranked.filter(({ order }) => !shown.includes(order.number));
  const numbers = (some: typeof ranked): string[] => some.map(({ order }) => order.number);
  if (!shown.length) return numbers(fresh);
  const stays = shown.filter((number) => ranked.some(({ order }) => order.number === number));
  return [...numbers(fresh.filter((one) => one.rank === 0)), ...stays, ...numbers(fresh.filter((one) => one.rank > 0))];
}

function orders(crew: Crew, outbox: Item[], seen: Seen, hand: Hand, tiles: string): TemplateResult {
  if (!crew.orders.length)
    return html`<div class="empty"><strong>没有派单</strong><p>新的派单会自动出现在这里。</p></div>`;
  const sorted = seen.shown
    .map((number) => crew.orders.find((order) => order.number === number))
    .filter((order) => order !== undefined)
    .map((order) => ({ order, stage: stageOf(order, crew, outbox) }));
  const opened = seen.opened || sorted[0]?.order.number;
  return html`${repeat(
    sorted,
    ({ order }) => order.number,
    ({ order, stage }) => {
      const next = nextAction(stage);
      const open = opened === order.number;
      return html`<article class="card crew-order ${stage} ${order.urgency}" data-order=${order.number}>
      <button class="head" aria-expanded=${open} @click=${() => hand.open(open ? "-" : order.number)}>
        <span class="chips"><span class="chip ${order.urgency === "emergency" ? "emergency" : "kind"}">${order.kind}</span>${["there", "on_the_way"].includes(stage) ? html`<span class="chip now">现在这一件</span>` : nothing}<span class="chip stage-${stage}">${stage === "aside" ? order.state_name : STAGES[stage]}</span>${order.state === "sent_back" ? html`<span class="chip urgent">退回重办</span>` : nothing}</span>
        <strong>${order.title}</strong>
        <span class="place">${order.place}</span>
        ${order.due_at ? html`<span class="due lamp-${order.lamp}"><i aria-hidden="true"></i>${order.due_name} ${dayTime(order.due_at)}<small>${order.due_words}</small></span>` : nothing}
      </button>
      ${open ? detail(order, stage, crew, seen, hand, tiles) : nothing}
      ${seen.finishing === order.number && stage === "there" ? finishing(order, crew, seen, hand) : next ? html`<button class="primary next" ?disabled=${seen.moved.has(order.number)} @click=${() => (next[0] === "done" ? hand.finish(order.number) : hand.action(next[0], order))}>${next[1]}</button>` : nothing}
      ${stage === "declined" ? html`<p class="note">已记下不能前往，连上网络后自动发送，会另派。</p>` : nothing}
      ${stage === "done" ? html`<p class="note">已在手机上办完，连上网络后自动发送。</p>` : nothing}
    </article>`;
    },
  )}`;
}

function detail(order: Order, stage: Stage, crew: Crew, seen: Seen, hand: Hand, tiles: string): TemplateResult {
  const { outbox } = seen;
  const working = !["done", "declined", "aside"].includes(stage);
  const cannotGo = crew.cannot_go ?? [];
  const there = order.latitude !== null && order.longitude !== null;
  const geo = there
    ? `geo:${order.latitude},${order.longitude}?q=${order.latitude},${order.longitude}(${encodeURIComponent(order.title)})`
    : "";
  const waiting = outbox.filter((item) => isUnsent(item) && item.order === order.number && item.file);
  return html`<div class="detail">
    ${order.came_back ? html`<p class="note warn came-back">退回的理由：${order.came_back}</p>` : nothing}
    <p class="matter">${order.matter}</p>
    ${there && tiles ? html`<div class="map" role="region" aria-label="地点地图" ?data-rough=${Boolean(order.position_of)} data-spot="${order.latitude},${order.longitude}"></div>` : nothing}
    ${there && order.position_of ? html`<p class="note">位置按${order.position_of}估算，不是具体地点。</p>` : nothing}
    <p class="note">诉求人 ${order.citizen}${(order.phones ?? []).map((phone) => html` · ${phone}`)}</p>
    <div class="ways" data-order-calls=${order.number}>
      ${there ? html`<a class="button" href=${geo}>导航到${order.position_of ? `${order.position_of}附近` : "现场"}</a>` : nothing}
      ${(order.phones ?? []).map((phone, n, all) => html`<button type="button" data-call-for="citizen" data-which=${all.length > 1 ? n + 1 : ""}>拨打诉求人电话${all.length > 1 ? html` ${phone}` : nothing}</button>`)}
      ${working && stage !== "there" ? html`<button aria-expanded=${seen.declining === order.number} @click=${() => hand.decline(seen.declining === order.number ? "" : order.number)}>不能前往</button>` : nothing}
      ${order.phones?.length ? html`<p class="note" data-calls-say role="status"></p>` : nothing}
    </div>
    ${working && seen.declining === order.number ? declining(order, cannotGo, hand) : nothing}
    ${
      working
        ? html`<div class="take">
          ${(["photo_before", "photo_after"] as const).map(
            (kind) =>
              html`<label class="button">${FILES[kind]}<input type="file" accept="image/*" capture="environment" @change=${(event: Event) => picked(event, (file) => hand.file(order, kind, file))} /></label>`,
          )}
          <button aria-pressed=${seen.recording === order.number} class=${seen.recording === order.number ? "recording" : ""} @click=${() => hand.voice(order)}>${seen.recording === order.number ? "停止并保存" : "语音说明"}</button>
        </div>`
        : nothing
    }
    ${waiting.length ? html`<p class="note">${waiting.map(what).join("、")}等待发送</p>` : nothing}
    ${order.photos.length && !seen.offline ? html`<div class="photos">${order.photos.map((address, n) => html`<a href=${address} target="_blank"><img src=${address} alt="现场照片 ${n + 1}" loading="lazy" /></a>`)}</div>` : nothing}
    ${(order.voices ?? [] /* a phone may still show what an older release sent */).map((voice) => html`<p class="voice"><small>${dayTime(voice.received_at)} ${voice.person} 语音${seen.offline || !voice.address ? nothing : html` · <a href=${voice.address} target="_blank">听</a>`}</small>${voice.words}</p>`)}
    <p class="note"><span class="number">${order.number}</span> · ${dayTime(order.assigned_at)} 派单</p>
  </div>`;
}

// One press, or in one's own words; it goes out like any other action, also without network.
function declining(order: Order, reasons: string[], hand: Hand): TemplateResult {
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const note = String(new FormData(event.target as HTMLFormElement).get("note")).trim();
    if (note) hand.action("decline", order, { note });
  };
  return html`<form class="finish" @submit=${send}>
    <p>为什么不能前往？说了就另派。</p>
    <div class="phrases" role="group" aria-label="不能前往的理由">${reasons.map((note) => html`<button type="button" @click=${() => hand.action("decline", order, { note })}>${note}</button>`)}</div>
    <label for="decline-${order.number}">其他理由</label><input id="decline-${order.number}" name="note" required maxlength="200" autocomplete="off" />
    <button class="wide">不能前往，请另派</button>
  </form>`;
}
