/** The languages of this server, and their templates. */

import { languages as fetchLanguages } from "../api/functions";
import type { LanguageInfo } from "../api/types";
import { Resource } from "./resource.svelte";

export const languages = new Resource<LanguageInfo[]>(fetchLanguages);

export function languageOf(name: string): LanguageInfo | undefined {
  return languages.value?.find((language) => language.language === name);
}

/** What the entry file is called, also while the list is still on its way. */
export function entryFileOf(name: string): string {
  return languageOf(name)?.entryFile ?? "index";
}

const DISPLAYED: Record<string, string> = {
  assemblyscript: "AssemblyScript",
  javascript: "JavaScript",
  typescript: "TypeScript",
  cpp: "C++",
  wat: "WebAssembly text",
  wasm: "WebAssembly module",
};

export function displayName(language: string): string {
  return DISPLAYED[language] ?? language.charAt(0).toUpperCase() + language.slice(1);
}

/** Languages people know best come first. */
const FAMILIAR = ["typescript", "javascript", "python", "rust", "go", "assemblyscript", "c", "cpp", "zig", "wat"];

export function byFamiliarity(list: readonly LanguageInfo[]): LanguageInfo[] {
  const rank = (language: LanguageInfo) => (FAMILIAR.indexOf(language.language) + FAMILIAR.length) % FAMILIAR.length;
  const usable = (language: LanguageInfo) => (language.state === "absent" ? 1 : 0);
  return list
    .filter((language) => language.language !== "wasm")
    .sort((a, b) => usable(a) - usable(b) || rank(a) - rank(b));
}

// The templates of `nil new`, each in a file of its own that is fetched when it is wanted.
const templates = import.meta.glob<string>("../../../toolchains/*/template/**/*", { query: "?raw", import: "default" });

export interface Template {
  source: string;
  files: Record<string, string>;
}

/** What a new function in `language` begins with. */
export async function templateOf(language: string, name: string): Promise<Template> {
  const folder = `../../../toolchains/${language}/template/`;
  const entry = entryFileOf(language);
  const template: Template = { source: "", files: {} };
  for (const [path, load] of Object.entries(templates)) {
    if (!path.startsWith(folder)) continue;
    const text = withoutCommands((await load()).replaceAll("{{name}}", name));
    const file = path.slice(folder.length);
    if (file === entry) template.source = text;
    else template.files[file] = text;
  }
  return template;
}

/** The lines that tell what to type in a shell are for who has one. */
function withoutCommands(source: string): string {
  return source
    .replace(/^(?:\/\/|;;|#)[ \t]*\n(?:(?:\/\/|;;|#)[ \t]+nil .*\n)+/m, "")
    .replace(/ {2}@nil \w+(?=\n)/, "");
}
