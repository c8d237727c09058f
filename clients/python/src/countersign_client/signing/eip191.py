"""The EIP-191 digest."""

from Crypto.Hash import keccak


def eip191_digest(text: str) -> bytes:
    r"""Return the EIP-191 (version 0x45, "personal message") digest of a text, 32 bytes.

    Keccak-256 of byte 0x19, `Ethereum Signed Message:`, a newline, the text's length in UTF-8 bytes as decimal, and the
    text.
    """
    message = text.encode("utf-8")
    prefix = f"\x19Ethereum Signed Message:\n{len(message)}".encode("ascii")
    return keccak.new(digest_bits=256, data=prefix + message).digest()
