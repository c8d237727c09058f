import { describe, expect, it } from "vitest";
import { type AgentChoice, agentLocations } from "../../src/tee/index.ts";

const VARIABLE = "DSTACK_SIMULATOR_ENDPOINT";

const chosen = (choice: AgentChoice): unknown =>
  agentLocations(choice).map(({ endpoint, origin, interface: api, simulated }) => [
    endpoint.kind === "unix" ? endpoint.path : `${endpoint.host} ${endpoint.port}`,
    origin,
    api,
    simulated,
  ]);

describe("where an agent is looked for", () => {
  it("is the usual sockets in the order of published clients, those of 0.3 last", () => {
    expect(chosen({ environment: {} })).toEqual([
      ["/var/run/dstack.sock", "standard", "dstack", false],
      ["/run/dstack.sock", "standard", "dstack", false],
      ["/var/run/dstack/dstack.sock", "standard", "dstack", false],
      ["/run/dstack/dstack.sock", "standard", "dstack", false],
      ["/var/run/tappd.sock", "legacy", "tappd", false],
      ["/run/tappd.sock", "legacy", "tappd", false],
      ["/var/run/dstack/tappd.sock", "legacy", "tappd", false],
      ["/run/dstack/tappd.sock", "legacy", "tappd", false],
    ]);
  });

  it("is the simulator's endpoint alone if the variable names one, and simulated", () => {
    expect(chosen({ environment: { [VARIABLE]: "/tmp/sim.sock" } })).toEqual([
      ["/tmp/sim.sock", "simulator-variable", "dstack", true],
    ]);
    expect(chosen({ environment: { [VARIABLE]: "http://simulator:8090/" } })).toEqual([
      ["simulator 8090", "simulator-variable", "dstack", true],
    ]);
    expect(chosen({ environment: { [VARIABLE]: "" } })).toHaveLength(8);
  });

  it("is the configured endpoint before anything else", () => {
    const environment = { [VARIABLE]: "/tmp/sim.sock" };
    expect(chosen({ endpoint: "/srv/agent.sock", environment })).toEqual([
      ["/srv/agent.sock", "configured", "dstack", false],
    ]);
    expect(chosen({ endpoint: "/srv/agent.sock", simulated: true, environment })).toEqual([
      ["/srv/agent.sock", "configured", "dstack", true],
    ]);
    expect(chosen({ endpoint: "/srv/tappd.sock", environment })).toEqual([
      ["/srv/tappd.sock", "configured", "tappd", false],
    ]);
    expect(chosen({ endpoint: "http://[::1]:8090", environment })).toEqual([
      ["::1 8090", "configured", "dstack", false],
    ]);
  });

  it("stays simulated if the configuration names the simulator's endpoint", () => {
    const environment = { [VARIABLE]: "/tmp/sim.sock" };
    expect(chosen({ endpoint: "/tmp/sim.sock", environment })).toEqual([
      ["/tmp/sim.sock", "configured", "dstack", true],
    ]);
  });

  it.each([
    ["a relative path", "dstack.sock"],
    ["a path longer than the system takes", `/tmp/${"x".repeat(103)}`],
    ["a path with NUL", "/tmp/a\0b"],
    ["https", "https://127.0.0.1:1"],
    ["cleartext to another machine", "http://10.0.0.1:8090"],
    ["a name that starts like loopback", "http://127.0.0.1.example.org:8090"],
    ["credentials", "http://user:pass@127.0.0.1:8090"],
    ["a path in the URL", "http://127.0.0.1:8090/prpc"],
    ["a query", "http://127.0.0.1:8090/?json"],
    ["nothing", ""],
  ])("is never %s", (_name, endpoint) => {
    expect(() => agentLocations({ endpoint, environment: {} })).toThrow("[tee.unsupported] dstack endpoint");
  });
});
