#!/usr/bin/env node
/**
 * An inference server that does what it is told by `behaviour.json` in its model's directory: see Behaviour in
 * fake-engine.ts. It notes its process id in `started` there, and ends when its standard input does.
 */
import { spawn } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import process from "node:process";

const options = Object.fromEntries(
  process.argv.slice(2).flatMap((word) => {
    const match = /^--([a-z-]+)=(.*)$/s.exec(word);
    return match === null ? [] : [[match[1], match[2]]];
  }),
);
const { path, port, name } = options;
const behaviour = JSON.parse(readFileSync(join(path, "behaviour.json"), "utf8"));
appendFileSync(join(path, "started"), `${process.pid}\n`);
writeFileSync(join(path, "arguments.json"), JSON.stringify(process.argv.slice(2)));
writeFileSync(join(path, "environment.json"), JSON.stringify(process.env));

if (!behaviour.outlivesParent)
  process.stdin
    .on("end", () => process.exit(0))
    .on("error", () => process.exit(0))
    .resume();
if (behaviour.ignoresTerm) process.on("SIGTERM", () => appendFileSync(join(path, "terms"), "TERM\n"));
if (behaviour.grandchild) {
  // It ignores TERM, holds the output open, and ends by itself if everything else fails.
  const program =
    "process.on('SIGTERM', () => {}); setTimeout(() => {}, 20000); process.stdout.write('grandchild\\n');";
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "inherit", "inherit"] });
  writeFileSync(join(path, "grandchild"), String(child.pid));
}
for (const line of behaviour.says ?? []) process.stdout.write(line);
for (const line of behaviour.complains ?? []) process.stderr.write(line);
if (behaviour.floods !== undefined) {
  const piece = behaviour.floods === "lines" ? "x".repeat(99).concat("\n").repeat(640) : "x".repeat(64_000);
  const flood = () => {
    if (process.stdout.write(piece)) setImmediate(flood);
    else process.stdout.once("drain", flood);
  };
  flood();
}

let hung = false;
const held = new Set();
const server = createServer((request, response) => {
  if (hung) return;
  if (request.method === "GET") {
    if (request.url === "/health") response.writeHead(behaviour.unhealthy ? 503 : 200).end();
    else response.end(JSON.stringify({ object: "list", data: [{ id: name, object: "model", created: 1 }] }));
    return;
  }
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => answer(JSON.parse(Buffer.concat(pieces).toString("utf8")), response));
});

function answer(body, response) {
  const said = JSON.stringify(body.messages ?? body.input ?? "");
  if (said.includes("please crash")) {
    process.stderr.write("RuntimeError: the prompt was please crash\n", () => process.exit(9));
    return;
  }
  if (said.includes("please hang")) {
    hung = true;
    return;
  }
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  if (body.stream) {
    const event = { id: "chat-1", object: "chat.completion.chunk", model: name };
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(
      `data: ${JSON.stringify({ ...event, choices: [{ index: 0, delta: { role: "assistant", content: "Hello" } }] })}\n\n`,
    );
    if (said.includes("please hold")) held.add(response);
    else response.end(`data: ${JSON.stringify({ ...event, choices: [], usage })}\n\ndata: [DONE]\n\n`);
    return;
  }
  const message = { role: "assistant", content: `Hello from ${name}` };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ id: "chat-1", object: "chat.completion", created: 1, model: name, choices, usage }));
}

if (behaviour.exits !== undefined) {
  // What was written has to arrive first.
  process.stderr.write("", () => process.exit(behaviour.exits));
} else if (behaviour.neverListens) {
  setInterval(() => {}, 1000);
} else {
  setTimeout(() => server.listen(Number(port), "127.0.0.1"), behaviour.startMs ?? 0);
}
