// A notice board whose rows can be changed while it is polled.
import { createServer } from "node:http";

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const page = (title, body) => `<!doctype html><meta charset="utf-8"><title>${escape(title)}</title>${body}`;

const list = (notices) =>
  page(
    "Notices",
    `<table class="board"><tbody>${notices
      .map(
        (notice) =>
          `<tr><td class="subject"><a href="/view?id=${notice.id}">${escape(notice.title)}</a></td><td class="date">${notice.date}</td></tr>`,
      )
      .join("")}</tbody></table>`,
  );

const article = (notice) =>
  page(
    notice.title,
    `<h1>${escape(notice.title)}</h1><div class="view_cont">${notice.text}</div><ul class="file_list">${(notice.files ?? [])
      .map((name) => `<li><a href="/files/${encodeURIComponent(name)}">${escape(name)}</a></li>`)
      .join("")}</ul>`,
  );

/** Serves `notices`, an array that may be changed, newest first. While `board.broken` is set, nothing can be had. */
export async function openBoard(notices) {
  const board = { notices, broken: false };
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://board");
    const notice = board.notices.find((notice) => notice.id === url.searchParams.get("id"));
    const body = url.pathname === "/list" ? list(board.notices) : url.pathname === "/view" && notice && article(notice);
    const code = board.broken ? 500 : body ? 200 : 404;
    response.writeHead(code, { "content-type": "text/html; charset=utf-8" });
    response.end(code === 200 ? body : "");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  board.address = `http://127.0.0.1:${server.address().port}`;
  board.close = () => server.close();
  return board;
}
