/** Short messages at the edge of the page. */

export type Tone = "good" | "bad" | "plain";

export interface Toast {
  id: number;
  tone: Tone;
  message: string;
}

const SHOWN_MS = 6_000;

class Toasts {
  list = $state<Toast[]>([]);
  #last = 0;

  show(message: string, tone: Tone = "plain"): void {
    const id = ++this.#last;
    this.list = [...this.list.slice(-2), { id, tone, message }];
    setTimeout(() => this.drop(id), SHOWN_MS);
  }

  failed(error: unknown): void {
    this.show(messageOf(error), "bad");
  }

  drop(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export const toasts = new Toasts();
