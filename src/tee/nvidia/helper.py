"""Collects evidence of NVIDIA devices for Countersign.

Reads one JSON object a line from standard input, `{"nonce": "<64 hex digits>"}`, and answers each with one line:
`{"evidence_list": [{"certificate", "evidence", "arch"}, ...]}`, or `{"error": "<word>"}` with one of the words in
`helper-process.ts`. Ends when standard input does.

Needs NVIDIA's Python bindings of its management library (package nvidia-ml-py, module pynvml) and a driver that has
confidential computing on. Collects GPUs only: evidence of NVSwitches comes from another library.
"""

import base64
import json
import sys


def collect(pynvml, nonce):
    architectures = {
        pynvml.NVML_DEVICE_ARCH_HOPPER: "HOPPER",
        getattr(pynvml, "NVML_DEVICE_ARCH_BLACKWELL", 10): "BLACKWELL",
    }
    evidence_list = []
    for index in range(pynvml.nvmlDeviceGetCount()):
        device = pynvml.nvmlDeviceGetHandleByIndex(index)
        certificate = pynvml.nvmlDeviceGetConfComputeGpuCertificate(device)
        report = pynvml.nvmlDeviceGetConfComputeGpuAttestationReport(device, nonce)
        chain = bytes(certificate.attestationCertChain[: certificate.attestationCertChainSize])
        evidence = bytes(report.attestationReport[: report.attestationReportSize])
        evidence_list.append(
            {
                "certificate": base64.b64encode(chain.rstrip(b"\0")).decode("ascii"),
                "evidence": base64.b64encode(evidence).decode("ascii"),
                "arch": architectures.get(pynvml.nvmlDeviceGetArchitecture(device), "UNKNOWN"),
            }
        )
    return evidence_list


def answer(line):
    try:
        nonce = bytes.fromhex(json.loads(line)["nonce"])
        if len(nonce) != 32:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        return {"error": "request"}
    try:
        import pynvml
    except ImportError:
        return {"error": "bindings"}
    try:
        pynvml.nvmlInit()
        try:
            return {"evidence_list": collect(pynvml, nonce)}
        finally:
            pynvml.nvmlShutdown()
    except AttributeError:
        # Bindings of a release before confidential computing.
        return {"error": "bindings"}
    except pynvml.NVMLError as error:
        # The library's number and text go to standard error, for an operator; the protocol carries a word.
        print(error, file=sys.stderr)
        return {"error": "driver"}


for request in sys.stdin:
    print(json.dumps(answer(request)), flush=True)
