// What is wrong with how the page at hand is drawn, as sentences: [kind, where]. Evaluated by tests/support/pages/looking.py.
() => {
  const found = [];
  const say = (kind, one, what) => found.push([kind, `${named(one)}: ${what}`]);
  const named = (one) => {
    const names = [];
    for (let at = one; at && at !== document.body && names.length < 3; at = at.parentElement) {
      const classes = typeof at.className === "string" ? at.className.trim().split(/\s+/).filter(Boolean) : [];
      names.unshift(at.localName + (at.id ? `#${at.id}` : "") + classes.map((name) => `.${name}`).join(""));
    }
    return names.join(" > ");
  };
  const words = (one) => `“${(one.innerText || one.value || one.textContent || "").trim().replace(/\s+/g, " ").slice(0, 30)}”`;
  const style = (one) => getComputedStyle(one);
  const SLACK = 1.5; // px: what rounding makes

  // Hidden from the eye on purpose: read aloud only, or laid aside until it is focused.
  const unseen = (one, css, box) =>
    css.visibility !== "visible" || css.opacity === "0" || box.width < 2 || box.height < 2 ||
    css.clipPath === "inset(50%)" || box.right < 0 || box.bottom + scrollY < 0;
  const scrolls = (way) => way === "auto" || way === "scroll";

  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) say("wide", root, `${root.scrollWidth - root.clientWidth} px wider than the window`);

  // The screen on the wall of a hall: nobody scrolls there.
  if (document.body.matches(".board") && innerWidth >= 1000 && root.scrollHeight > root.clientHeight)
    say("tall", root, `${root.scrollHeight - root.clientHeight} px higher than the window`);

  const seen = [];
  for (const one of document.body.querySelectorAll("*")) {
    if (one.closest("svg") && one.localName !== "svg") continue;
    if (["SCRIPT", "STYLE", "OPTION", "TEMPLATE", "DATALIST", "BR", "COL", "SOURCE"].includes(one.tagName)) continue;
    if (!one.checkVisibility()) continue;
    const css = style(one), box = one.getBoundingClientRect();
    if (css.display === "inline" || css.display === "contents") {
      if (one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) seen.push([one, css, box]);
      continue;
    }
    if (unseen(one, css, box)) continue;
    seen.push([one, css, box]);
    const field = one.matches("input, select, textarea");
    // A map is a window on what goes on beyond its edges; what lies on the window itself stands whole within it.
    const isMap = one.matches(".leaflet-container");
    if (isMap)
      for (const control of one.querySelectorAll(".leaflet-control")) {
        const by = control.getBoundingClientRect();
        if (by.left < box.left - SLACK || by.right > box.right + SLACK || by.top < box.top - SLACK || by.bottom > box.bottom + SLACK)
          say("cut", control, `beyond the map's edge: ${words(control)}`);
      }
    const beyond = isMap ? 0 : one.scrollWidth - one.clientWidth, below = isMap ? 0 : one.scrollHeight - one.clientHeight;
    // A field scrolls by itself; its own words are the person's. A range, a tick box and a file have no words.
    if (!field && one.clientWidth > 0 && beyond > SLACK && !scrolls(css.overflowX)) {
      if (css.overflowX === "visible") say("overflow", one, `${beyond} px beyond its ${one.clientWidth}: ${words(one)}`);
      else if (!one.title && !one.closest("[title]")) say("cut", one, `${beyond} px cut off: ${words(one)}`);
    }
    if (!field && one.clientHeight > 0 && below > 2 && ["hidden", "clip"].includes(css.overflowY) && one.innerText?.trim())
      if (!one.title && !one.closest("[title]") && beyond <= SLACK) say("cut", one, `${below} px cut off below: ${words(one)}`);
    // A bar that scrolls sideways on a wide screen hides entries: nothing shows that there are more.
    if (one.matches("nav") && beyond > SLACK && innerWidth >= 1000) say("cut", one, `${beyond} px of the menu are out of sight`);
    if (one.matches("select, button, input:not([type=checkbox],[type=radio],[type=file],[type=range])")) {
      const wanted = one.localName === "select" ? 24 : 20;
      if (box.height < wanted) say("cut", one, `only ${Math.round(box.height)} px high`);
    }
  }

  // A name of the program where a word should be.
  const RAW = /(?<![\w/.@-])(?:[a-z]+_[a-z_]+|undefined|null|NaN|None|\[object Object\]|\{\{|\}\})(?![\w/.-])/;
  for (const [one] of seen) {
    if (one.closest("code, pre, kbd, textarea")) continue;
    for (const node of one.childNodes)
      if (node.nodeType === Node.TEXT_NODE && RAW.test(node.data)) say("key", one, `“${node.data.trim().slice(0, 60)}”`);
  }

  // Words and controls that lie on one another: the lines of each text as they are drawn, within what clips them.
  const clipped = (one, box) => {
    let { left, top, right, bottom } = box;
    for (let at = one; at && at !== document.body; at = at.parentElement) {
      const css = style(at);
      if (css.overflowX === "visible" && css.overflowY === "visible") continue;
      const by = at.getBoundingClientRect();
      left = Math.max(left, by.left); right = Math.min(right, by.right);
      top = Math.max(top, by.top); bottom = Math.min(bottom, by.bottom);
    }
    return { left, top, right, bottom };
  };
  // A bar, a dialogue, or what opens over the page on purpose: a layer of its own.
  const inLayer = (css) =>
    ["fixed", "sticky"].includes(css.position) || (css.position === "absolute" && Number(css.zIndex) > 0);
  const floats = (one) => {
    for (let at = one; at && at !== document.body; at = at.parentElement)
      if (inLayer(style(at)) || at.matches("dialog, [popover]")) return true;
    return false;
  };
  const boxes = [];
  for (const [one, css] of seen) {
    if (css.pointerEvents === "none" && css.position === "absolute") continue;
    const rects = [];
    if (one.matches("input, select, textarea, img, video, audio")) rects.push(one.getBoundingClientRect());
    for (const node of one.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      rects.push(...range.getClientRects());
    }
    if (!rects.length || floats(one)) continue;
    for (const rect of rects) {
      const box = clipped(one, rect);
      if (box.right - box.left > 3 && box.bottom - box.top > 3) boxes.push({ ...box, one });
    }
  }
  boxes.sort((a, b) => a.top - b.top);
  const told = new Set();
  for (let i = 0; i < boxes.length; i++) {
    const a = boxes[i];
    for (let j = i + 1; j < boxes.length && boxes[j].top < a.bottom - 3; j++) {
      const b = boxes[j];
      if (a.one === b.one || a.one.contains(b.one) || b.one.contains(a.one)) continue;
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      // A line's box is taller than its signs: a third of it is air.
      const lower = Math.min(a.bottom - a.top, b.bottom - b.top);
      if (across <= 2 || down <= Math.max(3, lower * 0.4)) continue;
      const pair = `${named(a.one)} / ${named(b.one)}`;
      if (told.has(pair)) continue;
      told.add(pair);
      say("overlap", a.one, `${words(a.one)} lies on ${named(b.one)} ${words(b.one)}`);
    }
  }

  // A table that is made of rows: one below the other, and their cells in columns.
  for (const table of document.querySelectorAll("[role=table], .table")) {
    const rows = [...table.querySelectorAll("[role=row], .row")].filter((one) => one.checkVisibility());
    let above = null;
    for (const row of rows) {
      const box = row.getBoundingClientRect();
      if (above && (box.top < above.bottom - SLACK || Math.abs(box.left - above.left) > SLACK)) {
        say("table", row, `stands beside or over the row before it: ${words(row)}`);
        break;
      }
      above = box;
    }
    const lefts = rows.map((row) => [...row.children].slice(0, 2).map((one) => Math.round(one.getBoundingClientRect().left)));
    const odd = lefts.find((one, index) => index && one.length > 1 && lefts[0].length > 1 && Math.abs(one[1] - lefts[0][1]) > 2);
    if (odd && innerWidth > 800) say("table", table, `its columns do not line up: ${words(table)}`);
  }

  // Each thing that takes the keyboard, focused as by the tabulator: whatever lies over it hides it (WCAG 2.4.11).
  const before = document.activeElement, at = [scrollX, scrollY];
  const kinds = new Map();
  const fields = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter(
    (one) => !one.disabled && one.type !== "hidden" && one.checkVisibility({ checkVisibilityCSS: true }) && !one.closest("dialog:not([open])"),
  );
  for (const order of [fields, [...fields].reverse()]) {
    kinds.clear();
    for (const one of order) {
      // Of a long list of the same, its first two and the last: what covers one covers its like.
      const kind = named(one);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (kinds.get(kind) > 2) continue;
      one.focus();
      if (document.activeElement !== one) continue;
      const box = clipped(one.parentElement ?? one, one.getBoundingClientRect());
      const middle = [(Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2];
      if (box.right - box.left < 2 || box.bottom - box.top < 2) {
        say("hidden", one, `focused and out of sight: ${words(one)}`);
        continue;
      }
      const over = document.elementFromPoint(...middle);
      const mine = !over || one.contains(over) || over.contains(one) || (one.labels && [...one.labels].some((label) => label.contains(over)));
      if (!mine) say("hidden", one, `focused behind ${named(over)}: ${words(one)}`);
    }
  }
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  document.activeElement?.blur?.();
  scrollTo(...at);
  return found.filter(([kind, text], index) => found.findIndex((one) => one[0] === kind && one[1] === text) === index);
}
