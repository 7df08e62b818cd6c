/** What is plainly no name for a file of a function; the server knows the rest. */

import { text } from "../text";

export function checkFileName(name: string, taken: readonly string[]): string | undefined {
  if (!/^[A-Za-z0-9_+][A-Za-z0-9._+-]*(\/[A-Za-z0-9_+][A-Za-z0-9._+-]*){0,7}$/.test(name) || name.length > 200) {
    return text.code.fileNameRule;
  }
  const same = (other: string) => other.toLowerCase() === name.toLowerCase();
  return taken.some(same) ? text.code.fileTaken : undefined;
}
