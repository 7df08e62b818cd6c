// Writes n records as JSON text, piece by piece, and reads every number back; answers a checksum.
export function run(n: i32): f64 {
  const records = new Array<string>();
  for (let i = 0; i < n; i++) {
    records.push("{\"id\":" + i.toString() + ",\"name\":\"item " + (i * 7).toString() + "\",\"even\":" + (i % 2 == 0 ? "true" : "false") + "}");
  }
  const text = "[" + records.join(",") + "]";
  let sum: i32 = 0, number: i32 = 0, inside = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      number = number * 10 + code - 48;
      inside = true;
    } else if (inside) {
      sum = sum * 31 + number;
      number = 0;
      inside = false;
    }
  }
  return sum;
}
