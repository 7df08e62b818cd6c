// Custom sections of a WebAssembly binary. Knows the section layout of the binary format and nothing of
// what is stored in it.

/** The custom section that tells the host how to call the module. */
export const ABI_SECTION = "nil:abi";

const CUSTOM_SECTION_ID = 0;

/** Unsigned LEB128, the integer encoding of the binary format. */
function unsignedLeb128(value) {
  const bytes = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return Buffer.from(bytes);
}

/** `binary` with a custom section `name` appended that holds `value` as UTF-8 JSON. */
export function appendJsonSection(binary, name, value) {
  const nameBytes = Buffer.from(name, "utf8");
  const payload = Buffer.from(JSON.stringify(value), "utf8");
  const nameLength = unsignedLeb128(nameBytes.length);
  const size = unsignedLeb128(nameLength.length + nameBytes.length + payload.length);
  return Buffer.concat([binary, Buffer.from([CUSTOM_SECTION_ID]), size, nameLength, nameBytes, payload]);
}
