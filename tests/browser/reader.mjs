// The walk of somebody who wants mails: asks for them on a page, confirms, changes their mind, and leaves.
import assert from "node:assert/strict";

import { openBoard } from "./board.mjs";
import { startDaemon, until } from "./daemon.mjs";
import { LANGUAGES, WCAG, lookAt, openBrowser, openWindow } from "./looking.mjs";
import { openMailbox } from "./mailbox.mjs";

// Nobody types faster.
const TYPING = { delay: 150 };
// Kept by the admin, and hears of every notice: when it has heard, everybody has.
const WITNESS = "witness@example.net";

const configuration = (board, mailbox) => (address, folder) => `
[server]
listen = "${address.slice("http://".length)}"
public_url = "${address}/"
title = "Notices of Sampleton"
[store]
url = "sqlite:${folder}/gazetted.db"
[fetch]
allow_networks = ["127.0.0.0/8"]
per_host_interval = "0s"
[poll]
interval = "1s"
min_interval = "1s"
[email]
smtp = "${mailbox.address}"
from = "Notices of Sampleton <notices@example.org>"
[[subscriber]]
email = "${WITNESS}"
[[source]]
id = "town"
name = "Sampleton town hall"
url = "${board.address}/list"
kind = "board"
language = "en"
timezone = "Asia/Seoul"
tags = ["roads", "water"]
[source.board]
row = "table.board tr"
title = "td.subject a"
link = "td.subject a @href"
date = "td.date"
[source.article]
content = ".view_cont"
attachments = ".file_list a"
`;

const board = await openBoard([
  { id: "1", title: "The library opens on Sundays", date: "2026.11.20", text: "<p>From December on.</p>" },
]);
const mailbox = await openMailbox();
const daemon = await startDaemon(process.argv[2], configuration(board, mailbox));
const browser = await openBrowser();

/** Puts a notice up, and waits until everybody has heard of it. */
async function putUp(title, text, files) {
  const id = String(board.notices.length + 1);
  board.notices = [{ id, title, date: "2026.11.24", text, files }, ...board.notices];
  await until(`the mail about "${title}"`, async () => mailbox.of(WITNESS).some((mail) => mail.subject.includes(title)));
}

/** The first mail to `address` that was not among `before` older ones. */
const mailAfter = (before, address) => until(`a mail to ${address}`, async () => mailbox.of(address)[before]);

const linkIn = (mail, page) => {
  const link = mail.text.match(new RegExp(`${daemon.address}/${page}/\\S+`));
  assert.ok(link, `no link to /${page}/ in:\n${mail.text}`);
  return link[0];
};

/** Looks at the HTML part of `mail` as a client shows it. */
async function lookAtMail(mail, name) {
  const window = await openWindow(browser);
  await window.page.setContent(mail.html, { waitUntil: "load" });
  await lookAt(window.page, name, WCAG);
  assert.deepEqual(window.asked, [], `${name}: a mail asks for nothing`);
  await window.close();
}

async function walk(lang) {
  const address = `ann.${lang}@example.net`;
  const { page, asked, close } = await openWindow(browser);

  await page.goto(`${daemon.address}/?lang=${lang}`);
  await page.locator("form.mail a").click();
  await lookAt(page, `subscribe ${lang}`);
  await page.getByRole("button").last().click();
  assert.match(page.url(), /\/subscribe/, "an address is needed");
  await page.locator("input[name=email]").pressSequentially(address, TYPING);
  await page.locator("input[name=sources][value=town]").check();
  await page.locator("input[name=digest][value=immediate]").check();
  await page.locator("input[name=timezone]").fill("Asia/Seoul");
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST"),
    page.locator("main form button[type=submit]").click(),
  ]);
  assert.equal(answer.status(), 202);
  await page.waitForLoadState();
  await lookAt(page, `asked ${lang}`);

  const question = await mailAfter(0, address);
  await lookAtMail(question, `question mail ${lang}`);
  await page.goto(linkIn(question, "confirm"));
  await lookAt(page, `confirm ${lang}`);
  await putUp(`Not for you yet (${lang})`, "<p>Nothing was confirmed.</p>");
  assert.equal(mailbox.of(address).length, 1, "looking at the page confirms nothing");
  await page.locator("main form button").click();
  await page.waitForLoadState();
  await lookAt(page, `confirmed ${lang}`);

  await putUp(
    `Water will be off on Monday <morning> (${lang})`,
    "<p>The old town has no water from 9 to 11.</p><table><tr><th>Street</th><th>Hours</th></tr><tr><td>Mill Lane</td><td>9-11</td></tr></table>",
    ["plan of the pipes.pdf", "안내문.hwp"],
  );
  const news = await mailAfter(1, address);
  assert.match(news.subject, /Water will be off on Monday <morning>/);
  await lookAtMail(news, `notice mail ${lang}`);

  await page.goto(linkIn(news, "manage"));
  await lookAt(page, `manage ${lang}`);
  await page.locator("summary").first().click();
  await page.locator("input[name=digest][value=weekly]").check();
  await lookAt(page, `manage changing ${lang}`);
  await page.locator("form:has(input[name=digest]) button").click();
  await page.waitForURL(/done=1/);
  await lookAt(page, `manage changed ${lang}`);
  await putUp(`Once a week is enough (${lang})`, "<p>Wait for it.</p>");
  assert.equal(mailbox.of(address).length, 2, "a weekly digest is not due");

  // By one click from the header: one POST, no page, no cookie.
  const oneClick = [news.headers.get("list").unsubscribe].flat().map(({ url }) => url).find(Boolean);
  assert.ok(oneClick.startsWith(daemon.address), oneClick);
  for (const time of ["first", "second"]) {
    const left = await fetch(oneClick, { method: "POST", body: new URLSearchParams("List-Unsubscribe=One-Click"), redirect: "error" });
    assert.equal(left.status, 200, `${time} time`);
    assert.equal(left.headers.get("set-cookie"), null);
  }
  await putUp(`Nobody hears of it (${lang})`, "<p>Left.</p>");
  assert.equal(mailbox.of(address).length, 2, "nothing more arrives");
  await page.goto(oneClick);
  await lookAt(page, `left ${lang}`);

  const elsewhere = asked.filter((url) => !url.startsWith(daemon.address));
  assert.deepEqual(elsewhere, [], `${lang}: nothing is asked for elsewhere`);
  await close();
  console.log(`from the form to the last mail, ${lang}: in order`);
}

try {
  await until("the board", async () => (await (await fetch(`${daemon.address}/feeds/town.json`)).json()).items.length === 1);
  for (const lang of LANGUAGES) await walk(lang);
} catch (failure) {
  console.error(daemon.told().split("\n").slice(-20).join("\n"));
  throw failure;
} finally {
  await browser.close();
  assert.equal(await daemon.stop(), 0, "the daemon ends in order");
  board.close();
  await mailbox.close();
}
