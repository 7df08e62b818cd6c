/** Something that is fetched: what came, what went wrong, and whether it is under way. */

import { messageOf } from "./toast.svelte";

export class Resource<T> {
  value = $state.raw<T>();
  error = $state<unknown>();
  loading = $state(false);
  #fetch: () => Promise<T>;
  #turn = 0;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  /** What was there stays until the answer has come; of several loads the last one counts. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.loading = true;
    try {
      const value = await this.#fetch();
      if (turn !== this.#turn) return;
      this.value = value;
      this.error = undefined;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  }

  get message(): string | undefined {
    return this.error === undefined ? undefined : messageOf(this.error);
  }
}
