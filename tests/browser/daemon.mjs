// The real program on a folder of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

async function freePort() {
  const probe = createServer();
  await new Promise((ready) => probe.listen(0, "127.0.0.1", ready));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** Asks `question` until it answers something, for `seconds` at most. */
export async function until(what, question, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await question().catch(() => undefined);
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((later) => setTimeout(later, 50));
  }
}

/** Starts `program` with what `configuration(address, folder)` gives; ready when it answers. */
export async function startDaemon(program, configuration) {
  const folder = mkdtempSync(join(tmpdir(), "gazetted-walk-"));
  const address = `http://127.0.0.1:${await freePort()}`;
  const config = join(folder, "gazetted.toml");
  writeFileSync(config, configuration(address, folder));
  const child = spawn(program, ["run", "--config", config], { stdio: ["ignore", "inherit", "pipe"] });
  let told = "";
  child.stderr.on("data", (bytes) => (told += bytes));
  const ended = new Promise((end) => child.on("exit", end));
  const stop = async () => {
    child.kill("SIGTERM");
    const code = await ended;
    rmSync(folder, { recursive: true, force: true });
    return code;
  };
  try {
    const gone = ended.then((code) => Promise.reject(new Error(`the daemon ended with ${code}`)));
    await Promise.race([until("the daemon answers", async () => (await fetch(`${address}/readyz`)).ok), gone]);
  } catch (failure) {
    await stop();
    throw new Error(`${failure.message}\n${told}`);
  }
  return { address, stop, told: () => told };
}
