"""The signed text of a checkpoint."""


def checkpoint_text(request: bytes, sequence: int, running_hash: bytes) -> str:
    """Return `countersign.checkpoint.v1:<hex q>:<i>:<hex h_i>`.

    Args:
        request: `q`, 32 bytes.
        sequence: `i`, the sequence of the last chunk covered.
        running_hash: `h_i`, 32 bytes.
    """
    return f"countersign.checkpoint.v1:{request.hex()}:{sequence}:{running_hash.hex()}"
