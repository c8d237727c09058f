import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectAgent, findAgent } from "../../src/tee/index.ts";
import { agentSocket, json, rawSocket, temporaryFolder } from "./scripted-agent.ts";

describe("finding the agent", () => {
  it("takes the first socket that something listens on, not the first file", async () => {
    const folder = temporaryFolder();
    const [file, socket] = [join(folder, "a.sock"), join(folder, "b.sock")];
    writeFileSync(file, "");
    const { path } = await agentSocket((_request, response) => json(response, { version: "1" }), socket);
    const sockets = { standard: [join(folder, "absent.sock"), file, path], legacy: [] };
    const agent = await connectAgent({ environment: {}, sockets });
    expect(agent).toMatchObject({ endpoint: path, origin: "standard", simulated: false });
    expect(await agent.version()).toMatchObject({ version: "1" });
  });

  it("waits for an agent that comes up later", async () => {
    const path = join(temporaryFolder(), "dstack.sock");
    const found = connectAgent({ endpoint: path, environment: {} });
    await findAgent({ endpoint: path, environment: {} }).then((before) => expect(before).toBeUndefined());
    await agentSocket((_request, response) => json(response, {}), path);
    expect(await found).toMatchObject({ endpoint: path, origin: "configured" });
  });

  it("gives up after the time for it, and names every place", async () => {
    const folder = temporaryFolder();
    const sockets = {
      standard: [join(folder, "a.sock"), join(folder, "b.sock")],
      legacy: [join(folder, "tappd.sock")],
    };
    await expect(connectAgent({ environment: {}, sockets, bootTimeoutMs: 120 })).rejects.toMatchObject({
      code: "tee.absent",
      message: expect.stringMatching(/a\.sock, .*b\.sock, .*tappd\.sock/),
    });
  });

  it("gives up when its caller does", async () => {
    const caller = new AbortController();
    const found = connectAgent({ endpoint: join(temporaryFolder(), "a.sock"), environment: {} }, caller.signal);
    caller.abort();
    await expect(found).rejects.toMatchObject({ code: "tee.cancelled" });
  });

  it("does not take another agent for a named one that is not there", async () => {
    const { path } = await agentSocket((_request, response) => json(response, {}));
    const choice = { sockets: { standard: [path], legacy: [] }, bootTimeoutMs: 80 };
    const absent = join(temporaryFolder(), "a.sock");
    await expect(connectAgent({ ...choice, environment: {}, endpoint: absent })).rejects.toThrow("[tee.absent]");
    const environment = { DSTACK_SIMULATOR_ENDPOINT: absent };
    await expect(connectAgent({ ...choice, environment })).rejects.toThrow("[tee.absent]");
  });

  it("takes a socket of 0.3 only after the newer ones had their time", async () => {
    const folder = temporaryFolder();
    const standard = join(folder, "dstack.sock");
    const legacy = await agentSocket((_request, response) => json(response, {}), join(folder, "tappd.sock"));
    const sockets = { standard: [standard], legacy: [legacy.path] };
    expect(await connectAgent({ environment: {}, sockets })).toMatchObject({ endpoint: legacy.path, origin: "legacy" });
    const found = connectAgent({ environment: {}, sockets });
    await agentSocket((_request, response) => json(response, {}), standard);
    expect(await found).toMatchObject({ endpoint: standard, origin: "standard" });
  });

  it("marks what stands behind the simulator's variable, over HTTP as well", async () => {
    const server = createServer((_request, response) => json(response, { version: "sim" }));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    try {
      const environment = { DSTACK_SIMULATOR_ENDPOINT: `http://127.0.0.1:${port}` };
      const agent = await connectAgent({ environment });
      expect(agent).toMatchObject({
        endpoint: `http://127.0.0.1:${port}`,
        origin: "simulator-variable",
        simulated: true,
      });
      expect(await agent.version()).toMatchObject({ version: "sim" });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("says at once whether there is one", async () => {
    const path = await rawSocket(() => undefined);
    expect(await findAgent({ environment: {}, sockets: { standard: [path], legacy: [] } })).toMatchObject({
      origin: "standard",
    });
    expect(await findAgent({ environment: {}, sockets: { standard: [`${path}x`], legacy: [] } })).toBeUndefined();
  });
});
