import { describe, expect, test, vi } from "vitest";
import { pack } from "../../src/wire";
import {
  click,
  floats,
  images,
  onAPage,
  open,
  said,
  show,
  standIn,
  type View,
} from "../explorer_page";
import { hostile, press, settle } from "../fake_model";

onAPage();

describe("the plane", () => {
  test("is chosen, and what cannot be had says why", async () => {
    const view = await show();
    expect(view.find("tl-plane-words").textContent).toContain("60 + 20 %");
    view.find("tl-project-t-SNE").click();
    view.find("tl-project-UMAP").click();
    view.find("tl-project-dimensions").click();
    expect(said(view, "project")).toEqual([
      { name: "t-SNE", dimensions: [] },
      { name: "dimensions", dimensions: [0, 1] },
    ]);
    expect(view.find("tl-project-UMAP").title).toBe(hostile);
    expect(view.el.querySelector("img, b")).toBeNull();
  });

  test("an axis that is taken from the other one swaps with it", async () => {
    const view = await show({ projection: "dimensions", chosen: [3, 1] });
    const across = view.find("tl-across") as HTMLSelectElement;
    expect([...across.options].map((option) => option.textContent)).toEqual([
      "z₀",
      "z₁",
      "z₂",
      "z₃",
    ]);
    expect(across.value).toBe("3");
    across.value = "1";
    across.dispatchEvent(new Event("change"));
    expect(said(view, "project")).toEqual([{ name: "dimensions", dimensions: [1, 3] }]);
  });

  test("that is still computed shows how far it is, and can be given up", async () => {
    const view = await show({ projection: "t-SNE", progress: 0.4 });
    expect((view.find("tl-embedding") as HTMLProgressElement).value).toBe(0.4);
    view.find("tl-cancel").click();
    expect(said(view, "cancel")).toHaveLength(1);
  });
});

describe("the dimensions", () => {
  const slides = (view: View): HTMLInputElement[] => view.all("tl-slide") as HTMLInputElement[];

  test("have a slider each, which the kernel's frame moves unless a hand is ahead of it", async () => {
    const view = await show();
    await open(view, "dimensions");
    expect(slides(view).map((input) => input.value)).toEqual(["0", "0.5", "0", "4"]);
    slides(view)[3].value = "6";
    slides(view)[3].dispatchEvent(new Event("input"));
    expect(said(view, "slide")).toEqual([{ dimension: 3, value: 6, ask: 1 }]);
    view.model.publish({ latent: floats(0, 0.5, 0, 4) });
    await settle();
    expect(slides(view)[3].value).toBe("6");
    const client = String(view.messages("hello")[0].client);
    view.model.publish({ latent: floats(0, 0.5, 0, 6), latent_ask: 1, latent_client: client });
    await settle();
    view.model.publish({ latent: floats(0, 0.5, 0, 2), latent_ask: 9, latent_client: "another" });
    await vi.advanceTimersByTimeAsync(2500);
    view.model.publish({});
    await settle();
    expect(slides(view)[3].value).toBe("2");
  });

  test("say what they are worth, and what is amiss in words", async () => {
    const view = await show({
      variance: floats(1, 0.5, 0, 2),
      divergence: floats(1, 0.5, Number.POSITIVE_INFINITY, 2),
      flags: pack({ dtype: "uint8", shape: [4], data: Uint8Array.of(1, 5, 2, 1) }),
      measured: { agreement: 0.9, chance: 0.1, silhouette: null, sampled: 50, neighbours: 10 },
    });
    await open(view, "dimensions");
    expect(view.find("tl-agreement").textContent).toBe("kNN agreement 90 % (chance 10 %)");
    expect(view.find("tl-agreement").dataset.definition).toContain("share");
    expect(view.find("tl-agreement").tabIndex).toBe(0);
    expect(view.find("tl-silhouette").hidden).toBe(true);
    expect(view.all("tl-dimension").map((row) => row.dataset.flag)).toEqual([
      "",
      "collapsed",
      "dead",
      "",
    ]);
    expect(view.all("tl-dimension")[1].textContent).toContain("collapsed");
    view.find("tl-measure").click();
    expect(said(view, "measure")).toHaveLength(1);
  });

  test("of which there are thousands stay few on the page", async () => {
    const many = Array.from({ length: 300 }, () => 0);
    const view = await show({
      lows: floats(...many),
      highs: floats(...many),
      latent: floats(...many),
    });
    await open(view, "dimensions");
    expect(view.all("tl-dimension")).toHaveLength(256);
    expect(view.el.textContent).toContain("and 44 more");
  });
});

test("without a kernel nothing is offered that it would have to do", async () => {
  const canvas = standIn();
  const view = await show({}, true);
  await open(view, "path");
  view.find("tl-path-add").click();
  click(canvas, 50, 25);
  press(canvas, "p");
  expect(view.messages("event")).toEqual([]);
});

test("leaves nothing on the plot and no timer behind", async () => {
  standIn();
  const view = await show({ path_images: images(5), stop_count: 2 });
  await open(view, "path");
  view.find("tl-path-play").click();
  view.abort();
  expect(document.querySelector(".tl-explorer-layer")).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});
