import { startPythonProbe } from "../support/client-probe.ts";
import { testProbedClient } from "../support/probe-matrix.ts";

testProbedClient("python", startPythonProbe);
