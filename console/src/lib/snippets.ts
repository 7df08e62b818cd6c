/** Commands to paste into a shell. What stands in them is quoted, whatever it is. */

export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function compact(input: string): string {
  const text = input.trim();
  return text === "" ? "{}" : text;
}

/** The token is never written out: the shell has it, or it does not. */
export function curl(origin: string, name: string, input: string, withToken: boolean): string {
  const lines = [`curl ${quoted(`${origin}/fn/${name}`)}`, "-H 'content-type: application/json'"];
  if (withToken) lines.push('-H "authorization: Bearer $NIL_TOKEN"');
  lines.push(`-d ${quoted(compact(input))}`);
  return lines.join(" \\\n  ");
}

export function cli(origin: string, name: string, input: string): string {
  return `NIL_URL=${quoted(origin)} nil invoke ${name} ${quoted(compact(input))}`;
}
