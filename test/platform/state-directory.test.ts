import { homedir } from "node:os";
import { expect, it } from "vitest";
import { defaultStateDirectory } from "../../src/platform/state-directory.ts";

const OWN = "/countersign/simulated-tee";

it.each([
  [{ XDG_STATE_HOME: "/var/state" }, `/var/state${OWN}`],
  [{}, `${homedir()}/.local/state${OWN}`],
  // XDG base directories: a relative path is to be ignored.
  [{ XDG_STATE_HOME: "state" }, `${homedir()}/.local/state${OWN}`],
  [{ XDG_STATE_HOME: "" }, `${homedir()}/.local/state${OWN}`],
])("the simulated TEE keeps its state where the user's state lies: %j", (environment, expected) => {
  expect(defaultStateDirectory(environment)).toBe(expected);
});
