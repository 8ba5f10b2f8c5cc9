/** Put text on the clipboard, also on pages that the browser does not count as safe. */
import { element } from "./elements";

export async function copyText(text: string, beside: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text, beside);
  }
}

function copyByHand(text: string, beside: HTMLElement): boolean {
  const held = document.activeElement;
  const area = element("textarea", "tl-spoken", { "aria-hidden": "true", tabindex: "-1" });
  area.value = text;
  beside.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
    if (held instanceof HTMLElement) held.focus({ preventScroll: true });
  }
}
