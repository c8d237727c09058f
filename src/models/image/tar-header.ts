import { IntegrityError, quoted } from "../hashing/index.ts";

const BLOCK = 512;
/** POSIX.1-2024, pax, ustar Interchange Format: fields and their lengths. */
const NAME_BYTES = 100;
const LARGEST_OCTAL_SIZE = 8 ** 11 - 1;

/**
 * The header of one file in the pax format: mode 0644, owner and group 0 without names, time 0. What a ustar header has
 * no room for, and nothing else, stands in an extended header before it, so that there is one form for each file.
 */
export function tarHeader(name: Buffer, size: number): Buffer {
  const records: Buffer[] = [];
  if (name.length > NAME_BYTES) records.push(paxRecord("path", name));
  if (size > LARGEST_OCTAL_SIZE) records.push(paxRecord("size", Buffer.from(String(size))));
  const header = ustarHeader(name.subarray(0, NAME_BYTES), size > LARGEST_OCTAL_SIZE ? 0 : size, "0");
  if (records.length === 0) return header;
  const extended = Buffer.concat(records);
  return Buffer.concat([ustarHeader(Buffer.from("pax"), extended.length, "x"), padded(extended), header]);
}

/** Zero bytes that fill the last block after so many bytes. */
export function tarPadding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function ustarHeader(name: Buffer, size: number, type: "0" | "x"): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.set(name, 0);
  header.write("0000644\0", 100, "latin1");
  header.write("0000000\0", 108, "latin1");
  header.write("0000000\0", 116, "latin1");
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.write("00000000000\0", 136, "latin1");
  header.write("        ", 148, "latin1");
  header.write(type, 156, "latin1");
  header.write("ustar\u000000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** `<length> <keyword>=<value>\n`, where the length counts itself. */
function paxRecord(keyword: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${keyword}=`), value, Buffer.from("\n")]);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  if (value.includes("\n")) throw new IntegrityError("refused", `${quoted(value)} holds a line feed`);
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(tarPadding(bytes.length))]);
}
