import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readComposeImages } from "../../clients/typescript/src/dstack/compose-images.ts";
import { CheckFailure } from "../../clients/typescript/src/verdict/index.ts";
import { seededRandom } from "../support/seeded-random.ts";

const IMAGE = `registry.example:5000/team/app:1.2@sha256:${"5".repeat(64)}`;

/** A compose file as people write them: lists at the key's column, literal texts, inline lists, comments, quotes. */
const ORDINARY = `# A model behind a gateway
version: "3.8"
x-note: 'it''s fine'

services:
  gateway:
    image: ${IMAGE} # the gateway
    ports:
    - "443:8443"
    - 80:8080
    environment:
      - MODEL_NAME=\${MODEL_NAME:-example/model}
      - TOKEN
    command: --listen 0.0.0.0 --url http://engine:8000
    depends_on: [engine]
    privileged: false
    volumes:
      - /var/run/dstack.sock:/var/run/dstack.sock
      - type: bind
        source: /data
        target: /data
    healthcheck:
      test: ["CMD", "curl", '-f', http://localhost:8000/health, "a # b, ]"]
      interval: 30s
  "engine":
    image: '${IMAGE}'
    runtime: nvidia
    command: >-
      --model example
      image: not-a-key

      --port 8000
    entrypoint:
      - sh
      - -c
      - |
        echo "image: neither"
          build: nor this
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: all
              capabilities: [gpu]
    labels: {}
networks:
  default:
volumes:
  data:
`;

/** What a real YAML reader sees: the images of all services, or a reason to refuse the file. */
function seenByYaml(text: string): { readonly images: readonly unknown[]; readonly foreign: boolean } | undefined {
  let document: unknown;
  try {
    document = parse(text, { version: "1.1", merge: true, logLevel: "silent" });
  } catch {
    return undefined;
  }
  const { services, include } = document as { services?: unknown; include?: unknown };
  if (typeof services !== "object" || services === null) return undefined;
  const all: readonly unknown[] = Object.values(services);
  const each = all.filter(
    (service): service is Record<string, unknown> => typeof service === "object" && service !== null,
  );
  return {
    images: each.map(({ image }) => image),
    foreign:
      include !== undefined || each.some(({ build, extends: base }) => build !== undefined || base !== undefined),
  };
}

const isPinned = (image: unknown): boolean => typeof image === "string" && /@sha256:[0-9a-f]{64}$/.test(image);

function accepts(text: string): boolean {
  try {
    readComposeImages(text);
    return true;
  } catch (thrown) {
    if (thrown instanceof CheckFailure) return false;
    throw thrown;
  }
}

const service = (body: string) => `services:\n  app:\n    image: ${IMAGE}\n${body}`;

describe("a compose file", () => {
  it("is read as people write it", () => {
    expect(seenByYaml(ORDINARY)?.images).toEqual([IMAGE, IMAGE]);
    expect(readComposeImages(ORDINARY)).toEqual({ count: 2, privileged: false });
    expect(readComposeImages(ORDINARY.replaceAll("\n", "\r\n"))).toEqual({ count: 2, privileged: false });
  });

  it.each(["true", '"true"', "yes", "$PRIVILEGED"])("tells of a privileged container: %s", (value) => {
    expect(readComposeImages(service(`    privileged: ${value}\n`)).privileged).toBe(true);
  });

  it.each([
    ["no image", "services:\n  app:\n    command: x\n"],
    ["an image by name", "services:\n  app:\n    image: nginx\n"],
    ["an image by tag", "services:\n  app:\n    image: nginx:1.27\n"],
    ["a quoted key", 'services:\n  app:\n    "image": nginx\n'],
    ["a short digest", `services:\n  app:\n    image: nginx@sha256:${"5".repeat(63)}\n`],
    ["an upper-case digest", `services:\n  app:\n    image: nginx@sha256:${"A".repeat(64)}\n`],
    ["a variable", `services:\n  app:\n    image: \${IMAGE}@sha256:${"5".repeat(64)}\n`],
    ["a literal text", `services:\n  app:\n    image: |\n      nginx\n`],
    ["an image on the next line", "services:\n  app:\n    image:\n      nginx\n"],
    ["a second image", service("  other:\n    image: nginx\n")],
    ["a build", service("    build: .\n")],
    ["a build of its own", service("  other:\n    build:\n      context: .\n")],
    ["an extension", service("    extends:\n      file: other.yml\n")],
    ["an inclusion", `include:\n  - other.yml\n${service("")}`],
    ["a model", `models:\n  llm:\n    model: ai/x\n${service("")}`],
    ["a provider", service("  other:\n    provider:\n      type: x\n")],
    ["an image as volume", service("    volumes:\n      - type: image\n        source: nginx\n")],
  ])("is refused with what no digest pins: %s", (_, text) => {
    expect(accepts(text)).toBe(false);
  });

  it.each([
    ["an anchor", service("    labels: &x\n      a: b\n")],
    ["an alias", service("    labels: *x\n")],
    ["a merge key", service("    <<: *x\n")],
    ["a tag", service("    command: !!str x\n")],
    ["an inline object", service("  other: {image: nginx}\n")],
    ["a list of objects", service("    volumes: [{type: image, source: nginx}]\n")],
    ["a nested list", service("    command: [[x]]\n")],
    ["an alias in a list", service("    command: [*x]\n")],
    ["a pair in a list", service("    command: [image: nginx]\n")],
    ["a list over two lines", service("    command: [a,\n      b]\n")],
    ["a quoted value over two lines", service('    command: "a\n      image: x"\n')],
    ["a plain value over two lines", service("    command: a\n      b\n")],
    ["a list that continues a value", service("    command: a\n      - b\n")],
    ["more behind a literal text", service("    command: |\n      a\n    # end\n      image: nginx\n")],
    ["a literal text that begins deeper", service("    command: |\n        a\n      image: nginx\n")],
    ["a literal text that begins with spaces", service("    command: |\n        \n      image: nginx\n")],
    ["an indented literal text", service("    command: |2\n      a\n")],
    ["an explicit key", service("    ? image\n    : nginx\n")],
    ["an escaped key", service('    "im\\x61ge": nginx\n')],
    ["a key with a space", service("    im age: nginx\n")],
    ["a key behind a list item", service("    x:\n      - a b: c\n")],
    ["a space before the colon", service("    image : nginx\n")],
    ["a second document", `${service("")}---\nservices: {}\n`],
    ["a directive", `%YAML 1.1\n---\n${service("")}`],
    ["a tab", service("    command:\tx\n")],
    ["a key that ends in a tab", service("    volumes:\n      - type:\timage\n")],
    ["a tab in front", service("\timage: nginx\n")],
    ["JSON", JSON.stringify({ services: { app: { image: "nginx" } } })],
    ["a hidden line (CR)", service("    # x\r    image: nginx\n")],
    ["a hidden line (NEL)", service("    # x\u0085    image: nginx\n")],
    ["a hidden line (LS)", service("    # x\u2028    image: nginx\n")],
    ["a hidden line (PS)", service("    command: |\n      x\u2029    image: nginx\n")],
    ["a zero byte", service("    # \0\n")],
    ["a byte order mark", `\ufeff${service("")}`],
  ])("is refused in a form that is not read: %s", (_, text) => {
    expect(accepts(text)).toBe(false);
  });

  it("is refused with the number of the line, and not with its text", () => {
    expect(() => readComposeImages(service("    command: &secret x\n"))).toThrow(/^line 4 (?!.*secret)/);
  });

  it.each([
    ["spaces", `${" ".repeat(1_000_000)}x`],
    ["spaces behind a value", service(`    a: b${" ".repeat(1_000_000)}#`)],
    ["an endless list", service(`    a: [${"x, ".repeat(300_000)}`)],
    ["an endless text", service(`    a: "${"\\".repeat(1_000_001)}`)],
    ["dashes", service(`    ${"- ".repeat(300)}x\n`.repeat(500))],
  ])("is judged in time that grows with its length: %s", (_, text) => {
    accepts(text);
  });

  // A reader of real YAML is the judge: whatever this one accepts, that one must see as pinned.
  it("is never accepted with an image that YAML sees and this reader does not", () => {
    const random = seededRandom(20_260_801);
    const snippets = [
      "image: nginx",
      "- ",
      "|",
      ">-",
      "#",
      '"',
      "'",
      "[",
      "]",
      "{",
      "}",
      ":",
      ": ",
      "&a ",
      "*a",
      "!x ",
      "? ",
    ];
    const lines = ORDINARY.split("\n");
    let accepted = 0;
    for (let round = 0; round < 1500; round += 1) {
      const changed = [...lines];
      for (let edit = random.below(3); edit >= 0; edit -= 1) {
        const at = random.below(changed.length);
        const line = changed[at] ?? "";
        const cut = random.below(line.length + 1);
        const kind = random.below(6);
        if (kind === 0) changed.splice(at, 1);
        else if (kind === 1) changed.splice(at, 0, " ".repeat(random.below(9)) + random.pick(snippets));
        else if (kind === 2) changed[at] = line.slice(0, cut) + random.pick(snippets) + line.slice(cut);
        else if (kind === 3) changed.splice(at, 0, " ".repeat(random.below(12)));
        else if (kind === 4) changed[at] = " ".repeat(random.below(9)) + line.trimStart();
        else changed[at] = `${line.slice(0, cut)}\n${" ".repeat(random.below(9))}${line.slice(cut)}`;
      }
      const text = changed.join("\n");
      if (!accepts(text)) continue;
      accepted += 1;
      const seen = seenByYaml(text);
      // What YAML itself refuses never starts.
      if (seen === undefined) continue;
      const harmless = !seen.foreign && seen.images.every((image) => image === undefined || isPinned(image));
      expect(harmless, text).toBe(true);
    }
    expect(accepted).toBeGreaterThan(150);
  });
});
