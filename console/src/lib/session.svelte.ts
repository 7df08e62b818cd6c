/**
 * The token, where the server requires one. It lives in this tab: in memory and in `sessionStorage`, never in a cookie
 * or an address, so that nothing but a request of this page carries it.
 */

const KEY = "nil.token";

class Session {
  #token = $state(read());
  /** The server wants a token, or another one. */
  required = $state(false);
  /** The token it was given last was not the right one. */
  wrong = $state(false);

  get token(): string | undefined {
    return this.#token;
  }

  signIn(token: string): void {
    this.#token = token;
    this.required = false;
    this.wrong = false;
    sessionStorage.setItem(KEY, token);
  }

  signOut(): void {
    this.#token = undefined;
    this.required = true;
    this.wrong = false;
    sessionStorage.removeItem(KEY);
  }

  /** A request was answered with 401. One that was sent with an older token tells nothing. */
  refused(token: string | undefined): void {
    if (token !== this.#token) return;
    this.wrong = token !== undefined;
    this.#token = undefined;
    this.required = true;
    sessionStorage.removeItem(KEY);
  }
}

function read(): string | undefined {
  return globalThis.sessionStorage?.getItem(KEY) ?? undefined;
}

export const session = new Session();
