// Encodes text as Base64 or decodes Base64 to text (RFC 4648; UTF-8). Decoding takes the standard and the
// URL-safe alphabet, with or without padding.

import { JSON } from "json-as";

@json
class Request {
  encode: string | null = null;
  decode: string | null = null;
  urlSafe: bool = false;
}

@json
class Encoded {
  base64: string = "";
}

@json
class Decoded {
  text: string = "";
}

const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function encode(text: string, urlSafe: bool): string {
  const alphabet = urlSafe ? URL_SAFE : STANDARD;
  const bytes = Uint8Array.wrap(String.UTF8.encode(text));
  // Written as UTF-16 units into a buffer of the final size: no string grows piece by piece.
  const units = new Uint16Array(((bytes.length + 2) / 3) * 4);
  let out = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group: u32 =
      (<u32>bytes[i] << 16) | (left > 1 ? <u32>bytes[i + 1] << 8 : 0) | (left > 2 ? <u32>bytes[i + 2] : 0);
    units[out++] = <u16>alphabet.charCodeAt(group >> 18);
    units[out++] = <u16>alphabet.charCodeAt((group >> 12) & 63);
    if (left > 1) units[out++] = <u16>alphabet.charCodeAt((group >> 6) & 63);
    else if (!urlSafe) units[out++] = 0x3d;
    if (left > 2) units[out++] = <u16>alphabet.charCodeAt(group & 63);
    else if (!urlSafe) units[out++] = 0x3d;
  }
  return String.UTF16.decode(units.buffer.slice(0, out * 2));
}

/** The six bits a character stands for, or -1. */
function sixBits(unit: i32): i32 {
  if (unit >= 0x41 && unit <= 0x5a) return unit - 0x41;
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x61 + 26;
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30 + 52;
  if (unit == 0x2b || unit == 0x2d) return 62;
  if (unit == 0x2f || unit == 0x5f) return 63;
  return -1;
}

function decode(base64: string): string {
  let length = base64.length;
  while (length > 0 && base64.charCodeAt(length - 1) == 0x3d) length--;
  if (length % 4 == 1) throw new Error("the Base64 text is cut off");
  const bytes = new Uint8Array((length * 3) / 4);
  let out = 0;
  let bits: u32 = 0;
  let held = 0;
  for (let i = 0; i < length; i++) {
    const value = sixBits(base64.charCodeAt(i));
    if (value < 0) throw new Error("not Base64 at character " + (i + 1).toString() + ": '" + base64.charAt(i) + "'");
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[out++] = <u8>(bits >> held);
    }
  }
  return String.UTF8.decode(bytes.buffer);
}

export function handle(input: string): string {
  const request = JSON.parse<Request>(input);
  const plain = request.encode;
  const base64 = request.decode;
  if (plain !== null) {
    const answer = new Encoded();
    answer.base64 = encode(plain, request.urlSafe);
    return JSON.stringify(answer);
  }
  if (base64 !== null) {
    const answer = new Decoded();
    answer.text = decode(base64);
    return JSON.stringify(answer);
  }
  throw new Error("give 'encode' or 'decode'");
}
