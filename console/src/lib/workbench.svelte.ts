/** A function under the hands of somebody: its files as they are typed, and the way to the next version. */

import { compile, getFunction, updateFunction } from "../api/functions";
import { ApiProblem } from "../api/http";
import type { Diagnostic, FunctionDetail, FunctionEvent, FunctionStatus } from "../api/types";
import { dropDraft, readDraft, sameSource, writeDraft } from "./drafts";
import { entryFileOf } from "./languages.svelte";
import type { Place } from "./places";
import { toasts } from "./toast.svelte";
import { text } from "../text";

const DRAFT_PAUSE_MS = 250;
const CHECK_PAUSE_MS = 600;
const WAIT_MS = 25_000;

/** Languages whose compilers answer while one types. */
const CHECKED = new Set(["assemblyscript", "javascript", "typescript", "wat"]);

export interface Progress {
  version: number;
  status: FunctionStatus;
  startedAt: number;
  endedAt?: number;
}

function isBuilding(fn: FunctionDetail): boolean {
  return fn.status === "PENDING" || fn.status === "COMPILING";
}

/** Of a version that nobody waited for here: all that is known is how long its build took. */
function settled(fn: FunctionDetail): Progress {
  return { version: fn.version, status: fn.status, startedAt: 0, endedAt: fn.buildMs ?? 0 };
}

export class Workbench {
  fn = $state.raw() as FunctionDetail;
  source = $state("");
  files = $state<Record<string, string>>({});
  active = $state("");
  reveal = $state.raw<Place>();
  /** How far the newest version is. */
  progress = $state.raw() as Progress;
  deploying = $state(false);
  /** What a compiler said about the draft last; `undefined` while nobody asked. */
  checked = $state.raw<Diagnostic[]>();
  checking = $state(false);
  /** The draft could not be kept. */
  full = $state(false);
  /** The version the draft began with. */
  base = $state(0);

  #draftTimer: ReturnType<typeof setTimeout> | undefined;
  #checkTimer: ReturnType<typeof setTimeout> | undefined;
  #check: AbortController | undefined;
  #follow: AbortController | undefined;
  #onchange: (fn: FunctionDetail) => void;

  constructor(fn: FunctionDetail, onchange: (fn: FunctionDetail) => void) {
    this.fn = fn;
    this.progress = settled(fn);
    this.#onchange = onchange;
    const draft = readDraft(localStorage, fn.id);
    const kept = draft && draft.language === fn.language ? draft : undefined;
    this.source = kept?.source ?? fn.source;
    this.files = { ...(kept?.files ?? fn.files) };
    this.base = kept?.base ?? fn.version;
    this.active = this.entry;
    if (kept && !this.dirty) this.#forget();
    if (this.dirty) this.#checkSoon();
    if (isBuilding(fn)) this.follow();
  }

  readonly entry = $derived(entryFileOf(this.fn.language));
  readonly dirty = $derived(!sameSource(this, { source: this.fn.source, files: this.fn.files ?? {} }));
  readonly names = $derived([this.entry, ...Object.keys(this.files).sort()]);
  readonly outdated = $derived(this.dirty && this.base !== this.fn.version);
  readonly building = $derived(this.progress.endedAt === undefined);

  /** What is said stays while one types, and moves with the text, until a compiler says something else. */
  readonly diagnostics = $derived(this.checked ?? this.fn.diagnostics);

  textOf(file: string): string {
    return file === this.entry ? this.source : (this.files[file] ?? "");
  }

  ofFile(file: string): Diagnostic[] {
    return this.diagnostics.filter((diagnostic) => (diagnostic.file ?? this.entry) === file);
  }

  edit(file: string, value: string): void {
    if (file === this.entry) this.source = value;
    else this.files[file] = value;
    this.#edited();
  }

  addFile(file: string): void {
    this.files[file] = "";
    this.active = file;
    this.#edited();
  }

  removeFile(file: string): void {
    const { [file]: _, ...rest } = this.files;
    this.files = rest;
    if (this.active === file) this.active = this.entry;
    this.#edited();
  }

  show(place: Place): void {
    this.active = place.file;
    this.reveal = { ...place };
  }

  discard(): void {
    this.source = this.fn.source;
    this.files = { ...this.fn.files };
    this.active = this.entry;
    this.#forget();
  }

  /** Takes a version's text back into the editor. */
  take(source: string, files: Record<string, string>): void {
    this.source = source;
    this.files = { ...files };
    this.active = this.entry;
    this.#edited();
  }

  async deploy(): Promise<void> {
    if (this.deploying) return;
    this.deploying = true;
    try {
      const before = this.fn.version;
      const sent = { source: this.source, files: { ...this.files } };
      const fn = await updateFunction(this.fn.id, sent);
      this.#take(fn);
      // Typing goes on while the answer is on its way.
      if (sameSource(this, sent)) this.#forget();
      else this.base = fn.version;
      if (fn.version === before && (fn.status === "READY" || fn.status === "FAILED")) {
        toasts.show(text.code.unchanged);
        return;
      }
      this.follow();
    } catch (error) {
      if (error instanceof ApiProblem && error.problem.diagnostics?.length) this.checked = error.problem.diagnostics;
      toasts.failed(error);
    } finally {
      this.deploying = false;
    }
  }

  /** Waits for the newest version to be ready or to fail. */
  follow(): void {
    this.#follow?.abort();
    this.#follow = new AbortController();
    this.progress = { version: this.fn.version, status: this.fn.status, startedAt: Date.now() };
    void this.#wait(this.#follow.signal);
  }

  async #wait(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const fn = await getFunction(this.fn.id, WAIT_MS, signal);
        if (signal.aborted) return;
        this.#take(fn);
        if (fn.status === "READY" || fn.status === "FAILED") {
          const { startedAt } = this.progress;
          this.progress = { version: fn.version, status: fn.status, startedAt, endedAt: Date.now() };
          const first = fn.diagnostics.find((diagnostic) => diagnostic.severity === "error");
          if (first?.line && !this.dirty) this.show({ file: first.file ?? this.entry, line: first.line });
          return;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiProblem) return toasts.failed(error);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }

  /** Somebody else, or a compiler, changed the function. */
  heard(event: FunctionEvent): void {
    if (event.functionId !== this.fn.id || event.status === "DELETED" || event.version === null) return;
    if (this.building && event.version === this.progress.version) {
      this.progress = { ...this.progress, status: event.status };
    } else if (event.version > this.fn.version || event.live !== this.fn.liveVersion) {
      void getFunction(this.fn.id).then((fn) => {
        this.#take(fn);
        if (!this.building && isBuilding(fn)) this.follow();
      }, toasts.failed);
    }
  }

  #take(fn: FunctionDetail): void {
    const wasDirty = this.dirty;
    this.fn = fn;
    if (!wasDirty && this.dirty) this.discard();
    if (!this.building && fn.version !== this.progress.version) this.progress = settled(fn);
    this.#onchange(fn);
  }

  #edited(): void {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.keep(), DRAFT_PAUSE_MS);
    this.#checkSoon();
  }

  /** Writes the draft now. */
  keep(): void {
    clearTimeout(this.#draftTimer);
    if (!this.dirty) return dropDraft(localStorage, this.fn.id);
    this.full = !writeDraft(localStorage, this.fn.id, {
      language: this.fn.language,
      base: this.base,
      source: this.source,
      files: { ...this.files },
      savedAt: new Date().toISOString(),
    });
  }

  #forget(): void {
    clearTimeout(this.#draftTimer);
    clearTimeout(this.#checkTimer);
    this.#check?.abort();
    this.checking = false;
    this.checked = undefined;
    this.base = this.fn.version;
    dropDraft(localStorage, this.fn.id);
  }

  #checkSoon(): void {
    clearTimeout(this.#checkTimer);
    this.#check?.abort();
    this.checking = CHECKED.has(this.fn.language) && this.dirty;
    if (!this.checking) return;
    this.#checkTimer = setTimeout(() => void this.#checkNow(), CHECK_PAUSE_MS);
  }

  async #checkNow(): Promise<void> {
    this.#check?.abort();
    const turn = new AbortController();
    this.#check = turn;
    this.checking = true;
    try {
      const files = Object.keys(this.files).length > 0 ? { files: { ...this.files } } : {};
      const report = await compile({ language: this.fn.language, source: this.source, ...files }, turn.signal);
      if (!turn.signal.aborted) this.checked = report.diagnostics;
    } catch {
      // A check is a courtesy: deploying says what is wrong.
    } finally {
      if (this.#check === turn) this.checking = false;
    }
  }

  close(): void {
    this.keep();
    clearTimeout(this.#checkTimer);
    this.#check?.abort();
    this.#follow?.abort();
  }
}
