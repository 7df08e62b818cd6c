/** Highlighting for every language, each in a file of its own that is fetched when it is wanted. */

import { StreamLanguage, type LanguageSupport } from "@codemirror/language";
import type { Extension } from "@codemirror/state";

type Load = () => Promise<Extension>;

const javascript = async (options: { typescript?: boolean; jsx?: boolean }): Promise<LanguageSupport> =>
  (await import("@codemirror/lang-javascript")).javascript(options);
const typescript = () => javascript({ typescript: true });

const LANGUAGES: Record<string, Load> = {
  assemblyscript: typescript,
  typescript,
  javascript: () => javascript({}),
  rust: async () => (await import("@codemirror/lang-rust")).rust(),
  go: async () => (await import("@codemirror/lang-go")).go(),
  c: async () => (await import("@codemirror/lang-cpp")).cpp(),
  cpp: async () => (await import("@codemirror/lang-cpp")).cpp(),
  python: async () => (await import("@codemirror/lang-python")).python(),
  wat: async () => (await import("@codemirror/lang-wast")).wast(),
  json: async () => (await import("@codemirror/lang-json")).json(),
  zig: async () => StreamLanguage.define((await import("./zig")).zig),
};

const BY_EXTENSION: Record<string, string> = {
  ts: "typescript",
  mts: "typescript",
  js: "javascript",
  mjs: "javascript",
  rs: "rust",
  go: "go",
  c: "c",
  h: "cpp",
  cc: "cpp",
  cpp: "cpp",
  hpp: "cpp",
  py: "python",
  wat: "wat",
  zig: "zig",
  json: "json",
};

/** The language of a file: its own extension tells more than the function's language. */
export function languageOfFile(file: string, language: string): string {
  return BY_EXTENSION[file.split(".").pop()?.toLowerCase() ?? ""] ?? language;
}

/** Highlighting for a language; none for one that nobody knows. */
export async function modeOf(language: string): Promise<Extension> {
  return (await LANGUAGES[language]?.()) ?? [];
}
