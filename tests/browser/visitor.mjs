// The walk of a visitor who reads: page by page.
import assert from "node:assert/strict";

import { openBoard } from "./board.mjs";
import { startDaemon, until } from "./daemon.mjs";
import { look, openBrowser } from "./looking.mjs";

const notices = [
  { id: "7", title: "Water will be off on Monday <morning> & \"evening\"", date: "2026.11.24", text: "<p>The old town has no water from 9 to 11.</p><table><tr><th>Street</th><th>Hours</th></tr><tr><td>Mill Lane</td><td>9-11</td></tr></table>", files: ["plan of the pipes.pdf", "안내문.hwp"] },
  { id: "6", title: "겨울철 도로 제설 안내", date: "2026.11.23", text: "<p>눈이 오면 새벽 다섯 시부터 제설 작업을 시작합니다.</p><ul><li>중앙로</li><li>시장길</li></ul>" },
  { id: "5", title: "The library opens on Sundays", date: "2026.11.23", text: "<p>From December on.</p>" },
  { id: "4", title: "Call for tenders: repair of the harbour bridge", date: "2026.11.20", text: "<h2>Lots</h2><p>Two lots.</p><blockquote>Bids until noon.</blockquote>" },
  { id: "3", title: "Minutes of the last session", date: "2026.11.18", text: "<p>All members were there.</p>" },
];

const configuration = (board, other) => (address, folder) => `
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
[[source]]
id = "town"
name = "Sampleton town hall"
url = "${board.address}/list"
kind = "board"
language = "en"
timezone = "Asia/Seoul"
tags = ["town", "water & roads"]
legal_note = true
[source.board]
row = "table.board tr"
title = "td.subject a"
link = "td.subject a @href"
date = "td.date"
[source.article]
content = ".view_cont"
attachments = ".file_list a"
[[source]]
id = "court"
name = "지방법원 공고"
url = "${other.address}/list"
kind = "feed"
language = "ko"
timezone = "Asia/Seoul"
`;

const board = await openBoard([...notices]);
const other = await openBoard([]);
const daemon = await startDaemon(process.argv[2], configuration(board, other));
const browser = await openBrowser();
try {
  const entries = async () => (await (await fetch(`${daemon.address}/feeds/town.json`)).json()).items;
  const entry = async (id) => (await entries()).find((entry) => entry.external_url?.endsWith(`id=${id}`) ?? entry.url?.endsWith(`id=${id}`));
  await until("the notices", async () => (await entries()).length === notices.length);
  const path = async (id) => `/notices/${(await until(`notice ${id}`, () => entry(id))).id.slice("urn:uuid:".length)}`;
  const [water, library, tender] = await Promise.all(["7", "5", "4"].map(path));

  board.notices = notices.filter((notice) => notice.id !== "5");
  await until("the withdrawal", async () => (await fetch(`${daemon.address}${library}?lang=en`)).text().then((text) => text.includes("banner")));

  await look(browser, daemon, "start", "/");
  await look(browser, daemon, "source", "/sources/town");
  await look(browser, daemon, "failing source", "/sources/court");
  await look(browser, daemon, "notice", water);
  await look(browser, daemon, "notice with headings", tender);
  await look(browser, daemon, "withdrawn notice", library);
  await look(browser, daemon, "search", "/search?q=water");
  await look(browser, daemon, "search in Korean", "/search?q=%EB%8F%84%EB%A1%9C");
  await look(browser, daemon, "nothing found", "/search?q=zeppelin");
  await look(browser, daemon, "no search", "/search?q=after:then", 400);
  await look(browser, daemon, "nothing there", "/nowhere", 404);
} catch (failure) {
  console.error(daemon.told().split("\n").slice(-20).join("\n"));
  throw failure;
} finally {
  await browser.close();
  board.close();
  other.close();
  assert.equal(await daemon.stop(), 0, "the daemon ends in order");
}
