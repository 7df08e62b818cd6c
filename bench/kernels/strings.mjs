// Writes n records as JSON text, piece by piece, and reads every number back; answers a checksum.
export function run(n) {
  const records = [];
  for (let i = 0; i < n; i++) {
    records.push("{\"id\":" + i.toString() + ",\"name\":\"item " + (i * 7).toString() + "\",\"even\":" + (i % 2 == 0 ? "true" : "false") + "}");
  }
  const text = "[" + records.join(",") + "]";
  let sum = 0, number = 0, inside = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      number = number * 10 + code - 48;
      inside = true;
    } else if (inside) {
      sum = (Math.imul(sum, 31) + number) | 0;
      number = 0;
      inside = false;
    }
  }
  return sum;
}
