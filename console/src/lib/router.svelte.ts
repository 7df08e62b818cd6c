/** Which page is shown: the path below `/console`, and its query. */

import { tick } from "svelte";

const BASE = "/console";

class Router {
  #url = $state(new URL(location.href));
  /** Asked before a page is left; answering false stays. */
  guard: (() => boolean) | undefined;

  constructor() {
    addEventListener("popstate", () => {
      this.#url = new URL(location.href);
    });
  }

  /** The names in the path. */
  readonly parts = $derived(
    this.#url.pathname
      .slice(BASE.length)
      .split("/")
      .filter((part) => part !== "")
      .map(decode),
  );
  readonly query = $derived(this.#url.searchParams);

  go(path: string, options: { replace?: boolean } = {}): void {
    const address = href(path);
    if (options.replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    const sameGround = this.#url.pathname === new URL(address, location.href).pathname;
    this.#url = new URL(location.href);
    if (!sameGround) void this.#arrive();
  }

  /** Reading goes on at the top of the new page. */
  async #arrive(): Promise<void> {
    await tick();
    document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page. */
export function href(path: string): string {
  return BASE + (path === "/" ? "" : path);
}

/** The path of a page; names are encoded. */
export function at(parts: TemplateStringsArray, ...names: (string | number)[]): string {
  return parts.reduce(
    (path, part, i) => path + part + (i < names.length ? encodeURIComponent(names[i] ?? "") : ""),
    "",
  );
}

/** On a page's root: links to pages of the console need no new document. */
export function follow(event: MouseEvent): void {
  if (
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  ) {
    return;
  }
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href, location.href);
  if (url.origin !== location.origin || (url.pathname !== BASE && !url.pathname.startsWith(`${BASE}/`))) return;
  if (url.hash && url.pathname === location.pathname) return;
  event.preventDefault();
  router.go(url.pathname.slice(BASE.length) + url.search || "/");
}

export const router = new Router();
