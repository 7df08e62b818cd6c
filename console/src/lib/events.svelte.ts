/**
 * What happens on the server, as it happens. One stream for the whole page, closed while the tab is hidden: a browser
 * opens six connections to a server, and tabs nobody looks at must not hold them.
 */

import { send } from "../api/http";
import type { ExecutionEvent, FunctionEvent } from "../api/types";
import { session } from "./session.svelte";
import { readEvents } from "./sse";

interface Listener {
  function?: (event: FunctionEvent) => void;
  execution?: (event: ExecutionEvent) => void;
  /** Something may have been missed: look again. */
  missed?: () => void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

class Events {
  connected = $state(false);
  #listeners = new Set<Listener>();
  #stop: AbortController | undefined;
  #pause = FIRST_PAUSE_MS;
  #was = false;

  start(): void {
    document.addEventListener("visibilitychange", () => this.#follow());
    this.#follow();
  }

  /** The token changed: the stream is another one. */
  restart(): void {
    this.#stop?.abort();
    this.#stop = undefined;
    this.#pause = FIRST_PAUSE_MS;
    this.#follow();
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #follow(): void {
    if (document.hidden || session.required) {
      this.#stop?.abort();
      this.#stop = undefined;
    } else if (!this.#stop) {
      this.#stop = new AbortController();
      void this.#run(this.#stop.signal);
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const response = await send("/events", { headers: { accept: "text/event-stream" }, signal });
        this.connected = true;
        this.#pause = FIRST_PAUSE_MS;
        if (this.#was) this.#missed();
        this.#was = true;
        if (response.body) await readEvents(response.body, (event) => this.#take(event.event, event.data));
      } catch {
        // The pause below is the answer to every cause.
      }
      this.connected = false;
      if (signal.aborted || session.required) break;
      await new Promise((resolve) => setTimeout(resolve, this.#pause));
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    }
    this.connected = false;
  }

  #take(name: string, data: string): void {
    if (name === "lagged") return this.#missed();
    if (name !== "function" && name !== "execution") return;
    const event: unknown = JSON.parse(data);
    for (const listener of this.#listeners) {
      if (name === "function") listener.function?.(event as FunctionEvent);
      else listener.execution?.(event as ExecutionEvent);
    }
  }

  #missed(): void {
    for (const listener of this.#listeners) listener.missed?.();
  }
}

export const events = new Events();
