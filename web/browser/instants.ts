// How a browser writes an instant, in the city's zone, as core.clock and web.template_filters do: 11月4日 09:05.
const ZONE = "Asia/Shanghai";

export const clockTime = (at: string | number): string =>
  new Date(at).toLocaleTimeString("zh-CN", { timeZone: ZONE, hour12: false, hour: "2-digit", minute: "2-digit" });

export const clockSeconds = (at: string | number): string =>
  new Date(at).toLocaleTimeString("zh-CN", { timeZone: ZONE, hour12: false });

const day = (at: string | number): string =>
  new Date(at).toLocaleDateString("zh-CN", { timeZone: ZONE, month: "long", day: "numeric" });

// With the day, unless it is today.
export function dayTime(at: string | number): string {
  return day(at) === day(Date.now()) ? clockTime(at) : dayAndMinute(at);
}

export function dayAndMinute(at: string | number): string {
  return `${day(at)} ${clockTime(at)}`;
}
