#!/usr/bin/env node
// Plain JavaScript, so that a Node that cannot run TypeScript can still say which one is needed.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `countersign needs Node 22.18 or newer; this is ${process.versions.node}.\n` +
      "Inside the checkout, `npx countersign` uses the Node 24 that the lockfile brings.\n",
  );
  process.exitCode = 2;
} else {
  const { main } = await import("../src/cli/main.ts");
  process.exitCode = await main(process.argv.slice(2));
}
