// What stands in a form: as the browser keeps it, and as a person reads it.
export type Values = Record<string, string[]>;
export type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function controls(form: HTMLFormElement): Control[] {
  // A choice of rows in a list is no text: it goes with the list.
  const without = form.dataset.many === undefined ? "[type=hidden], [type=file]" : "[type=hidden], [type=checkbox]";
  return [...form.elements].filter(
    (one): one is Control => one.matches(`input:not(${without}), textarea, select`) && Boolean((one as Control).name),
  );
}

export function isTick(control: Control): control is HTMLInputElement {
  return control instanceof HTMLInputElement && ["checkbox", "radio"].includes(control.type);
}

// What differs from what the page came with, as a person reads it: label and text.
export function wordsOf(form: HTMLFormElement): [string, string][] {
  return controls(form).flatMap((control): [string, string][] => {
    const label =
      (control.closest(".field")?.querySelector("label") ?? control.labels?.[0])?.textContent ??
      control.ariaLabel ??
      "";
    const text = textOf(control);
    return text ? [[label.replace("*", "").trim() || "内容", text]] : [];
  });
}

function textOf(control: Control): string {
  if (control instanceof HTMLSelectElement)
    return !control.value || control.selectedOptions[0]?.defaultSelected
      ? ""
      : (control.selectedOptions[0]?.text ?? "");
  if (isTick(control))
    return control.checked && !control.defaultChecked ? (control.labels?.[0]?.textContent ?? "").trim() : "";
  return control.value === control.defaultValue ? "" : control.value.trim();
}

// The names of what does not stand as the page came with it.
export function changedNames(form: HTMLFormElement): Set<string> {
  return new Set(
    controls(form)
      .filter(isChanged)
      .map((one) => one.name),
  );
}

function isChanged(control: Control): boolean {
  if (isTick(control)) return control.checked !== control.defaultChecked;
  if (!(control instanceof HTMLSelectElement)) return control.value !== control.defaultValue;
  const came = [...control.options].findIndex((one) => one.defaultSelected);
  return control.selectedIndex !== Math.max(came, 0);
}

export function valuesOf(form: HTMLFormElement): Values {
  const values: Values = {};
  for (const control of controls(form)) {
    values[control.name] ??= [];
    const mine = values[control.name]!;
    if (!isTick(control) || control.checked) mine.push(control.value);
  }
  return values;
}
