/** Octets the parsers name. */
export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;

const tokenOctets = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 1 for each octet of a token: RFC 9110 section 5.6.2. */
export const isTokenOctet = new Uint8Array(256);
for (const character of tokenOctets) isTokenOctet[character.charCodeAt(0)] = 1;

/** 1 for each octet of a field value, a reason phrase or a chunk extension: HTAB, SP, visible ASCII, obs-text (RFC 9110 section 5.5). */
export const isTextOctet = new Uint8Array(256).fill(1, 0x20).fill(0, 0x7f, 0x80);
isTextOctet[HTAB] = 1;

/** The value of a hexadecimal digit, -1 for every other octet. */
export const hexValue = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  hexValue[text.charCodeAt(0)] = digit;
  hexValue[text.toUpperCase().charCodeAt(0)] = digit;
}
