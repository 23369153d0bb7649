// How a page is looked at: by axe-core, in both colour schemes, at the width of a phone and of a desk.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What must hold of all that is shown; a page is a document of its own and has more to keep to. */
export const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const OF_PAGES = [...WCAG, "best-practice"];
const WIDTHS = [390, 1280];
const HEIGHT = 900;

export const LANGUAGES = ["en", "ko"];

export const openBrowser = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

/** A window of its own, in which axe may run. `asked` gathers the addresses that its pages ask for. */
export async function openWindow(browser) {
  const visit = await browser.newContext({ bypassCSP: true });
  const page = await visit.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  return { page, asked, close: () => visit.close() };
}

/** Has axe look at `path` in every language, colour scheme and width. */
export async function look(browser, daemon, name, path, expected = 200) {
  for (const lang of LANGUAGES) {
    const { page, asked, close } = await openWindow(browser);
    const answer = await page.goto(`${daemon.address}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
    assert.equal(answer.status(), expected, `${name} ${lang}`);
    await lookAt(page, `${name} ${lang}`);
    const elsewhere = asked.filter((url) => !url.startsWith(daemon.address));
    assert.deepEqual(elsewhere, [], `${name} ${lang}: nothing is asked for elsewhere`);
    await close();
  }
  console.log(`${name}: in order`);
}

/** Fails with what axe finds wrong on what `page` shows, and when that is wider than the window. */
export async function lookAt(page, name, rules = OF_PAGES) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: HEIGHT });
      const where = `${name} ${colorScheme} ${width}`;
      await page.evaluate(AXE);
      const { violations } = await page.evaluate((values) => axe.run(document, { runOnly: { type: "tag", values } }), rules);
      const found = violations.map((wrong) => `${wrong.id}: ${wrong.help}\n  ${wrong.nodes.map((node) => node.html).join("\n  ")}`);
      assert.deepEqual(found, [], where);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${where}: ${overflow} px too wide`);
      if (process.env.SCREENS) {
        await page.screenshot({ path: join(process.env.SCREENS, `${where.replaceAll(" ", "-")}.png`), fullPage: true });
      }
    }
  }
}
